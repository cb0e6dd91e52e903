import Queries

extension DashboardResult {
    /// With shorter headings for people: where the dashboard's title begins with a tag in brackets, `[ACLV] `, the
    /// dimensions need not repeat it, as every asset of a deployment carries the same.
    var withShortHeadings: DashboardResult {
        let title = Array(self.title.utf8)
        guard title.first == UInt8(ascii: "["), let end = title.firstIndex(of: UInt8(ascii: "]")),
            end + 1 < title.count, title[end + 1] == 0x20
        else { return self }
        let tag = title[...(end + 1)]
        var result = self
        for report in result.reports.indices {
            for index in result.reports[report].table.dimensions.indices {
                let heading = Array(result.reports[report].table.dimensions[index].title.utf8)
                guard heading.starts(with: tag), heading.count > tag.count else { continue }
                result.reports[report].table.dimensions[index].title = String(
                    decoding: heading.dropFirst(tag.count), as: UTF8.self)
            }
        }
        return result
    }
}
