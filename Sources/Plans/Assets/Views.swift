import Definitions
import Quantities

/// Customer segmentations that other programs read too, as views in the catalog where the data is. A view is an asset as
/// others are: plans show it, and it comes and goes with what is deployed.
extension Blueprint {
    /// Whether segmentations are views too.
    package var hasViews: Bool { assets.contains { $0.kind == .view } }

    /// Ids of the segmentations that are views.
    package var viewIDs: [String] { assets.filter { $0.kind == .view }.map(\.id) }

    /// The same with a view for each customer segmentation, or without any.
    package func withViews(_ wanted: Bool) -> Blueprint {
        var result = self
        result.assets = assets.filter { $0.kind != .view }
        guard wanted else { return result }
        result.assets += result.assets.filter { $0.kind == .customerSegmentation }.map { segmentation in
            // What the view says changes with its segmentation, with those that it refers to, and with what a purchase is.
            let parts =
                result.assets.filter { $0.kind != .customerSegmentation } + result.segmentations(behind: segmentation)
            let checksum = hexadecimalChecksum(parts.flatMap { Array($0.yaml.utf8) + [0] }).prefix(12)
            return Asset(
                id: segmentation.id, kind: .view, name: segmentation.name,
                yaml: "segmentation: \(segmentation.id)\ncolumns: [customer, segment]\ndefinition: \(checksum)\n")
        }
        return result
    }

    /// A customer segmentation and those that it refers to, and they in turn.
    private func segmentations(behind segmentation: Asset) -> [Asset] {
        var found = [segmentation]
        var next = 0
        while next < found.count {
            let referred = found[next].referredSegmentations
            next += 1
            found += assets.filter { asset in
                asset.kind == .customerSegmentation && referred.contains(asset.id)
                    && !found.contains { $0.id == asset.id }
            }
        }
        return found
    }
}

extension Asset {
    /// What stands under `segmentation:` in it; nothing where a deployment was damaged, which whoever reads it says.
    fileprivate var referredSegmentations: Set<String> {
        var found: Set<String> = []
        func visit(_ node: Node) {
            for entry in node.entries ?? [] {
                if entry.key.text == "segmentation", let id = entry.value.text { found.insert(id) }
                visit(entry.value)
            }
            for element in node.elements ?? [] { visit(element) }
        }
        if let tree = try? tree() { visit(tree) }
        return found
    }
}
