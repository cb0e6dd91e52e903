import Diagnostics
package import Foundation
package import Plans
import Quantities

/// A plan in a file: what `tenure plan -o` writes and `tenure deploy FILE` applies, exactly that or nothing.
package struct SavedPlan: Hashable, Sendable {
    package var blueprint: Blueprint
    /// The deployment that the plan starts from, as `DeploymentPlan.base`.
    package var base: Int?
    /// The store's generation when the plan was made; nil where there was no store.
    package var generation: Int?
    /// `--env`, `-f` and `--set` of the plan.
    package var environment: String?
    package var valuesFiles: [String]
    package var settings: [String]

    package init(
        _ blueprint: Blueprint, base: Int?, generation: Int?, environment: String? = nil, valuesFiles: [String],
        settings: [String]
    ) {
        self.environment = environment
        self.blueprint = blueprint
        self.base = base
        self.generation = generation
        self.valuesFiles = valuesFiles
        self.settings = settings
    }

    /// What has changed since the plan was made, in words; empty where it can be applied.
    ///
    /// - Parameters:
    ///   - latest: the last deployment of the use case.
    ///   - generation: the store's.
    ///   - definition: what the files give now with the plan's values; nil where they cannot be read.
    package func staleness(latest: Int?, generation: Int?, definition: Blueprint?) -> [String] {
        func deployment(_ number: Int?) -> String { number.map { "deployment \($0)" } ?? "nothing" }
        var reasons: [String] = []
        if latest != base {
            reasons.append("it starts from \(deployment(base)), and \(deployment(latest)) is there now")
        }
        if generation != self.generation {
            func store(_ generation: Int?) -> String { generation.map { "generation \($0)" } ?? "no store" }
            reasons.append(
                "it was made on \(store(self.generation)) of the data, and \(store(generation)) is there now")
        }
        if let definition {
            if definition != blueprint {
                reasons.append("the definition or its values were edited: \(blueprint.hash) is now \(definition.hash)")
            }
        } else {
            reasons.append("the definition or its values cannot be read any more")
        }
        return reasons
    }
}

// MARK: - The file

extension SavedPlan {
    private static let format = "tenure-plan"

    /// What every version of the file has.
    private struct Heading: Codable {
        var format: String
        var schemaVersion: Int
    }

    private static func reason(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, _): "it has no '\(key.stringValue)'"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            context.debugDescription
        @unknown default: "\(error)"
        }
    }

    /// The file's JSON.
    private struct Document: Codable {
        struct Asset: Codable {
            var id: String
            var kind: String
            var name: String
            var yaml: String
        }

        var format: String
        var schemaVersion: Int
        var useCase: String
        var version: String
        var title: String
        var definition: String
        var base: Int?
        var generation: Int?
        var environment: String?
        var valuesFiles: [String]
        var settings: [String]
        var assets: [Asset]
        /// Of the same document with an empty checksum.
        var checksum: String
    }

    /// JSON, with a checksum: a plan that was edited is not what somebody looked at.
    package func data() throws -> Data {
        try SavedPlan.encoded(document(checksum: SavedPlan.checksum(document(checksum: ""))))
    }

    /// - Throws: `damagedPlan` where the bytes are not what `data()` gave.
    package init(_ data: Data, path: String) throws {
        func damaged(_ what: String) -> Diagnostic {
            Diagnostic(.damagedPlan, "\(path): \(what)", hints: ["make it again: tenure plan USE-CASE -o \(path)"])
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        func decoded<Value: Decodable>(_ type: Value.Type) throws -> Value {
            do {
                return try decoder.decode(type, from: data)
            } catch let error as DecodingError {
                throw damaged("this is no plan: \(SavedPlan.reason(error))")
            }
        }
        // Another version of the format may have other members.
        let heading = try decoded(Heading.self)
        guard heading.format == SavedPlan.format else { throw damaged("this is no plan") }
        guard heading.schemaVersion == 1 else {
            throw damaged("its format is \(heading.schemaVersion), the newest known is 1")
        }
        let document = try decoded(Document.self)
        let assets = try document.assets.map { asset in
            guard let kind = Asset.Kind(rawValue: asset.kind) else {
                throw damaged("it has an asset of the unknown kind '\(asset.kind)'")
            }
            return Asset(id: asset.id, kind: kind, name: asset.name, yaml: asset.yaml)
        }
        self.init(
            Blueprint(useCase: document.useCase, version: document.version, title: document.title, assets: assets),
            base: document.base, generation: document.generation, environment: document.environment,
            valuesFiles: document.valuesFiles, settings: document.settings)
        guard try SavedPlan.checksum(self.document(checksum: "")) == document.checksum else {
            throw damaged("it was changed after it was made")
        }
    }

    private func document(checksum: String) -> Document {
        Document(
            format: SavedPlan.format, schemaVersion: 1, useCase: blueprint.useCase, version: blueprint.version,
            title: blueprint.title, definition: blueprint.hash, base: base, generation: generation,
            environment: environment, valuesFiles: valuesFiles, settings: settings,
            assets: blueprint.assets.map {
                Document.Asset(id: $0.id, kind: $0.kind.rawValue, name: $0.name, yaml: $0.yaml)
            },
            checksum: checksum)
    }

    private static func checksum(_ document: Document) throws -> String {
        hexadecimalChecksum(Array(try encoded(document)))
    }

    private static func encoded(_ document: Document) throws -> Data {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(document)
    }
}
