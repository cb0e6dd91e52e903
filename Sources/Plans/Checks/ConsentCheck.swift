import Definitions
import Diagnostics
import Quantities
import Queries

extension RequirementChecker {
    /// The category is a mapped property with valid values, or occurs in consent events.
    func checkConsent(_ category: String, _ requirement: Requirement) throws -> RequirementResult {
        let subject = "consent \(category)"
        func result(_ status: RequirementResult.Status, _ evidence: [String], _ hints: [String] = [])
            -> RequirementResult
        {
            RequirementResult(
                subject, level: requirement.level, status: status, evidence: evidence, hints: hints,
                place: requirement.place)
        }
        let absent: RequirementResult.Status = requirement.level == .required ? .missing : .default
        if let mapping = project.consents.first(where: { $0.category.value == category }) {
            guard let property = profile.properties.first(where: { $0.name == mapping.property.value }) else {
                return result(
                    absent, ["mapped to the property '\(mapping.property.value)', which the data does not have"],
                    didYouMean(mapping.property.value, among: profile.properties.map(\.name)))
            }
            var valid = 0
            for text in mapping.valid {
                let known = property.values.first { $0.value == text }?.count
                if let known {
                    valid += known
                } else if (property.distinct ?? 0) > property.values.count {
                    valid += try self.evidence.rows(text, nil, property.name)
                }
            }
            let values = property.values.prefix(5).map { "\($0.value) \(share($0.count, of: property.rows))" }
            let evidence = [
                "property \(property.name): \(values.joined(separator: ", "))",
                "\(share(valid, of: property.rows)) of the customers gave it",
            ]
            if valid == 0 {
                return result(
                    absent, evidence,
                    ["no customer has one of the valid values \(mapping.valid.joined(separator: ", "))"])
            }
            return result(.matched, evidence)
        }
        let names = ConsentEvents(project.consentEvents)
        guard let events = profile.events.first(where: { $0.name == names.event }) else {
            let mapped = project.consents.map(\.category.value)
            return result(
                absent,
                ["no consent events '\(names.event)', and no property is mapped to it: nobody counts as subscribed"],
                didYouMean(category, among: mapped) + [
                    "map a property under `consents` in project.yaml, or import consent events"
                ])
        }
        let found = events.attributes.first { $0.name == names.category }
        let known = found?.values.map(\.value) ?? []
        let shown = found?.values.prefix(6).map { "\($0.value) \(grouped($0.count))" } ?? []
        var counted = found?.values.first { $0.value == category }?.count
        if counted == nil, let found, (found.distinct ?? 0) > found.values.count {
            let rows = try self.evidence.rows(category, names.event, names.category)
            counted = rows > 0 ? rows : nil
        }
        guard let count = counted else {
            return result(
                absent, ["categories in the data: \(shown.joined(separator: ", "))", "nobody counts as subscribed"],
                didYouMean(category, among: known) + ["name the category's id in values.yaml"])
        }
        return result(
            .matched, ["\(grouped(count)) events", "categories in the data: \(shown.joined(separator: ", "))"])
    }
}
