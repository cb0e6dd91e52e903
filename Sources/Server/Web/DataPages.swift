import Definitions
import Deployments
import Diagnostics
import EventStores
import Foundation
import HTTPTypes
import Plans
import Projects
import Quantities
import Queries
import Views

/// What the project has: its sources, the imports, how fresh it is, and what events and properties hold.
struct DataPages: Sendable {
    private let parts: SiteParts
    private let pages: Pages

    init(_ parts: SiteParts, _ pages: Pages) {
        self.parts = parts
        self.pages = pages
    }

    func add(to routes: inout RouteTable) {
        routes.add(.get, "/app/data") { request, _ in
            try request.checkNoParameters()
            return try await data()
        }
    }

    private func data() async throws -> Answer {
        let frame = await parts.frame("/app/data")
        let state = try await parts.live.state()
        let folder = parts.live.folder
        let problem = parts.intake.problem
        let setAside = parts.intake.setAside + parts.journal.setAside
        return try await parts.live.workers.run {
            let profile = state.data.profile
            let times = Times(timezone: state.zone.identifier)
            let count = DataPages.count
            let generations = try StoreDirectory(folder.storePath).generations()
            let imports = Listing(
                "generations",
                columns: [
                    Listing.Column("generation", isNumber: true), Listing.Column("made"), Listing.Column("sources"),
                    Listing.Column("rows", isNumber: true), Listing.Column("bytes", isNumber: true),
                    Listing.Column("state"),
                ],
                rows: generations.reversed().map { generation in
                    [
                        count(generation.number), times.short(generation.createdAt),
                        generation.sources.joined(separator: ", "), count(generation.rows), count(generation.bytes),
                        generation.isCurrent ? "current" : "",
                    ]
                }, empty: "Nothing was imported yet.")
            let events = Listing(
                "events",
                columns: [
                    Listing.Column("event"), Listing.Column("rows", isNumber: true),
                    Listing.Column("customers", isNumber: true), Listing.Column("first"), Listing.Column("last"),
                ],
                rows: profile.events.map { event in
                    [
                        event.name, count(event.rows), count(event.customers),
                        event.first.map(times.short) ?? "", event.last.map(times.short) ?? "",
                    ]
                }, empty: "There are no events.")
            let attributes = profile.events.map { event -> [String: Any] in
                ["name": event.name, "table": DataPages.attributes(event.attributes).markup.text]
            }
            let content: [String: Any] = [
                "sources": DataPages.sources(state, times).markup.text,
                "files": DataPages.files(state, times).markup.text, "moreFiles": DataPages.moreFiles(state),
                "imports": imports.markup.text,
                "problem": problem ?? "", "isWaiting": problem != nil,
                "setAside": setAside,
                "events": events.markup.text, "attributes": attributes,
                "properties": DataPages.attributes(profile.properties).markup.text,
                "customers": count(profile.customers),
                "newest": state.data.newestEvent.map(times.short) ?? "none",
            ]
            return pages.answer("data", title: "Data", content, frame: frame)
        }
    }

    /// Those of project.yaml, with what the data has of them.
    private static func sources(_ state: ProjectState, _ times: Times) -> Listing {
        Listing(
            "sources",
            columns: [
                Listing.Column("source"), Listing.Column("state"), Listing.Column("files", isNumber: true),
                Listing.Column("bytes", isNumber: true), Listing.Column("rows read", isNumber: true),
                Listing.Column("accepted", isNumber: true), Listing.Column("rejected", isNumber: true),
                Listing.Column("last updated"),
            ],
            rows: state.sources.map { source in
                [source.name, source.state, count(source.files.count), count(source.bytes)]
                    + [source.rows.read, source.rows.accepted, source.rows.rejected].map(count)
                    + [source.updatedAt.map(times.short) ?? ""]
            }, empty: "project.yaml names no source.")
    }

    /// Each file with what became of its rows, the newest first.
    private static func files(_ state: ProjectState, _ times: Times) -> Listing {
        let files = state.sources.flatMap(\.files).sorted { $0.importedAt > $1.importedAt }
        return Listing(
            "files",
            columns: [
                Listing.Column("imported"), Listing.Column("file"), Listing.Column("source"),
                Listing.Column("rows read", isNumber: true), Listing.Column("accepted", isNumber: true),
                Listing.Column("rejected", isNumber: true), Listing.Column("why"),
            ],
            rows: files.prefix(shownFiles).map { file in
                [times.short(file.importedAt), file.path, file.source]
                    + [file.rows.read, file.rows.accepted, file.rows.rejected].map(count)
                    + [ImportView.reasons(file.rows).joined(separator: ", ")]
            },
            empty: "Nothing was imported yet.")
    }

    /// Empty where all files are listed.
    private static func moreFiles(_ state: ProjectState) -> String {
        let more = state.sources.reduce(0) { $0 + $1.files.count } - shownFiles
        return more > 0 ? "… and \(count(more)) older ones" : ""
    }

    /// Files that are listed one by one.
    private static let shownFiles = 200

    private static func count(_ number: Int) -> String {
        NumberFormatting.number(.exact(ExactDecimal(number)), digits: 0)
    }

    private static func attributes(_ attributes: [AttributeProfile]) -> Listing {
        Listing(
            "attributes",
            columns: [
                Listing.Column("attribute"), Listing.Column("type"), Listing.Column("filled", isNumber: true),
                Listing.Column("values", isNumber: true), Listing.Column("most frequent"),
            ],
            rows: attributes.map { attribute in
                let share = attribute.rows > 0 ? Double(attribute.present) / Double(attribute.rows) : nil
                return [
                    attribute.name, attribute.kind.rawValue,
                    NumberFormatting.display(share.map { .real($0) }, type: .ratio, currency: ""),
                    attribute.distinct.map { NumberFormatting.number(.exact(ExactDecimal($0)), digits: 0) } ?? "",
                    attribute.values.prefix(5).map(\.value).joined(separator: ", "),
                ]
            }, empty: "There are none.")
    }
}
