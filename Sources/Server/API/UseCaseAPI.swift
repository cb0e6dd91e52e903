import Definitions
import Deployments
import Diagnostics
import EventStores
import HTTPTypes
import Plans
import Projects
import Quantities
import Queries
import Views

/// Use cases with their requirements, and deployed segmentations, as JSON.
enum UseCaseAPI {
    static func list(_ overviews: [UseCaseOverview]) -> JSONText {
        .object([("data", .array(overviews.map(overview)))])
    }

    private static func overview(_ overview: UseCaseOverview) -> JSONText {
        .object([
            ("id", .string(overview.id)), ("version", .string(overview.version)), ("title", .string(overview.title)),
            ("from", .string(overview.isProjects ? "project" : "shipped")),
            ("origin", .nullable(overview.origin)), ("requirements", .string(overview.requirements.text)),
            (
                "deployment",
                overview.deployment.map { number, version in
                    .inline(.object([("number", .integer(number)), ("version", .string(version))]))
                } ?? .null
            ),
        ])
    }

    static func requirements(_ id: String, _ results: [RequirementResult]) -> JSONText {
        let items = results.map { result in
            JSONText.object([
                ("subject", .string(result.subject)), ("level", .string(result.level.rawValue)),
                ("status", .string(result.status.rawValue)), ("evidence", .strings(result.evidence)),
                ("hints", .strings(result.hints)),
            ])
        }
        return .object([
            ("useCase", .string(id)), ("met", .boolean(!results.contains(where: \.isBlocking))),
            ("data", .array(items)),
        ])
    }

    /// A segmentation with how many customers are in each segment as of the newest event; an event segmentation has no
    /// customers.
    static func segmentation(
        _ asset: Asset, useCase: String, counts: SegmentCounts?, asOf: String?
    ) -> JSONText {
        let segments = counts.map { counts in
            JSONText.array(
                zip(counts.segments, counts.customers).map { name, count in
                    .inline(.object([("segment", .string(name)), ("customers", .integer(count))]))
                })
        }
        return .object([
            ("id", .string(asset.id)), ("name", .string(asset.name)), ("kind", .string(asset.kind.rawValue)),
            ("useCase", .string(useCase)), ("asOf", .nullable(asOf)), ("segments", segments ?? .null),
            ("definition", .string(asset.yaml)),
        ])
    }
}
