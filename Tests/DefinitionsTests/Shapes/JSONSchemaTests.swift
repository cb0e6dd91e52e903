import Definitions
import Foundation
import Testing

@Suite struct JSONSchemaTests {
    @Test(arguments: Language.all.map(\.name))
    func isValidJSON(name: String) throws {
        let language = try #require(Language.all.first { $0.name == name })
        let text = jsonSchema(of: language)
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
        let schema = try #require(object as? [String: Any])
        #expect(schema["$schema"] as? String == "http://json-schema.org/draft-07/schema#")
        // Every reference leads to a definition.
        let definitions = (schema["definitions"] as? [String: Any]) ?? [:]
        for reference in references(in: schema) {
            #expect(definitions[reference.replacing("#/definitions/", with: "")] != nil, "\(reference)")
        }
        if let folder = ProcessInfo.processInfo.environment["TENURE_WRITE_SCHEMAS"] {
            try text.write(toFile: "\(folder)/\(name).schema.json", atomically: true, encoding: .utf8)
        }
    }

    private func references(in value: Any) -> [String] {
        if let object = value as? [String: Any] {
            return object.flatMap { key, value in
                (key == "$ref" ? [value as? String].compactMap(\.self) : []) + references(in: value)
            }
        }
        return ((value as? [Any]) ?? []).flatMap { references(in: $0) }
    }
}
