import Foundation
import Plans

/// A folder for one test, removed with the object.
final class TemporaryFolder {
    let path = NSTemporaryDirectory() + "/tenure-deployments-" + UUID().uuidString

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// In a folder that is not there yet, as in a new project.
    var file: String { path + "/.tenure/deployments.sqlite" }
}

func segmentation(_ id: String, name: String, segments: [String] = ["Buyer"]) -> Asset {
    let lines = segments.map { "  - name: \($0)\n    when:\n      aggregate: purchases\n      at_least: 1\n" }
    return Asset(
        id: id, kind: .customerSegmentation, name: name,
        yaml: "id: \(id)\nname: \"\(name)\"\nsegments:\n\(lines.joined())")
}

func blueprint(_ assets: [Asset], useCase: String = "tiny", version: String = "1.0.0") -> Blueprint {
    Blueprint(useCase: useCase, version: version, title: "Tiny", assets: assets)
}
