import Foundation
import Testing

/// What is kept on disk does not grow with the number of commands.
@Suite struct GrowthTests {
    @Test func twentyImportsTakeTheRoomOfTwo() throws {
        let project = try SampleProject(orders: 50)
        var sizes: [Int] = []
        for _ in 0..<20 {
            try project.tenure("import", "--progress", "none")
            sizes.append(try size(project))
        }
        #expect(Set(sizes[2...]).count <= 2, "\(sizes)")
        #expect(sizes[19] <= sizes[1] + 8_192, "\(sizes)")
        let folder = project.path + "/.tenure/store/parts"
        let generations = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(generations.sorted() == ["19", "20"])
    }

    private func size(_ project: SampleProject) throws -> Int {
        try project.stored().reduce(0) { sum, name in
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(project.path)/.tenure/\(name)")
            let isFile = attributes[.type] as? FileAttributeType == .typeRegular
            return sum + (isFile ? attributes[.size] as? Int ?? 0 : 0)
        }
    }
}
