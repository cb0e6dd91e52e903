import Definitions
import Diagnostics
import EventStores
import Quantities

/// The given data of a scenario as a store in memory, as if it had been imported.
struct ScenarioStore {
    let file: ScenarioFile
    let scenario: Scenario
    let useCase: UseCase

    /// - Throws: `DiagnosticList` with everything of the given data that cannot be.
    func make() throws -> EventStore {
        var problems: [Diagnostic] = []
        let builder = try StoreBuilder()
        for customer in scenario.customers {
            let index = builder.customer(Array(customer.id.value.utf8))
            for (name, value) in customer.properties {
                let type = propertyType(name.value)
                guard let cell = cell(value, type, "property '\(name.value)'", &problems) else { continue }
                try builder.setProperty(ColumnSpec(name: name.value, type: type), of: index, to: cell)
            }
        }
        for type in eventTypes() {
            let events = scenario.events.filter { $0.type.value == type }
            let columns = columns(of: type, events)
            let table = try builder.table(type, columns: columns, keys: keys(of: type, columns))
            for event in events {
                guard let at = Instant(iso8601: event.at.value, zone: file.project.timezone.value) else {
                    problems.append(
                        Diagnostic(
                            .badValue, "'\(event.at.value)' is not a date or an instant", at: event.at.place,
                            hints: ["2026-01-31, or 2026-01-31T10:00:00Z"]))
                    continue
                }
                let cells = columns.compactMap { column -> Cell? in
                    guard let value = event.attributes.first(where: { $0.name.value == column.name })?.value else {
                        return .missing
                    }
                    return cell(value, column.type, "attribute '\(column.name)'", &problems)
                }
                if cells.count < columns.count { continue }
                try builder.append(
                    table: table, customer: builder.customer(Array(event.customer.value.utf8)), timestamp: at,
                    cells: cells)
            }
        }
        if !problems.isEmpty { throw DiagnosticList(problems) }
        return try builder.finish().makeStore()
    }

    /// Those of the events in order, what they refer to, and the purchase.
    private func eventTypes() -> [String] {
        let given = scenario.events.map(\.type.value)
        let referred = given.compactMap { file.keys[$0]?.refersTo?.event }
        return (given + referred + [useCase.purchases.event.value]).reduce(into: []) {
            if !$0.contains($1) { $0.append($1) }
        }
    }

    private func columns(of type: String, _ events: [Scenario.Event]) -> [ColumnSpec] {
        var names = events.flatMap { $0.attributes.map(\.name.value) }
        let keys = file.keys[type]
        names += [keys?.key, keys?.amount, keys?.parent, keys?.refersTo?.key].compactMap { $0 }
        if type == useCase.purchases.event.value { names.append(useCase.purchases.amount.value) }
        names = names.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        return names.map { ColumnSpec(name: $0, type: attributeType($0, of: type)) }
    }

    private func keys(of type: String, _ columns: [ColumnSpec]) -> KeySpec {
        guard let keys = file.keys[type] else { return KeySpec() }
        return KeySpec(
            key: keys.key, amount: keys.amount, parent: keys.parent,
            refersTo: keys.refersTo.map { KeySpec.Reference(table: $0.event, column: $0.key) })
    }

    /// As the use case's requirements say; amounts are numbers, everything else is text.
    private func attributeType(_ name: String, of event: String) -> ColumnType {
        let purchases = useCase.purchases
        if file.keys[event]?.amount == name { return .decimal }
        if event == purchases.event.value, name == purchases.amount.value { return .decimal }
        if let refunds = purchases.refunds, event == refunds.event.value, name == refunds.amount.value {
            return .decimal
        }
        for requirement in useCase.requirements.flatMap(\.all) {
            if case .event(event, let attributes, _) = requirement.kind,
                let attribute = attributes.first(where: { $0.name.value == name })
            {
                return attribute.type.column
            }
        }
        return .text
    }

    private func propertyType(_ name: String) -> ColumnType {
        for requirement in useCase.requirements.flatMap(\.all) {
            if case .property(name, let attribute) = requirement.kind { return attribute.type.column }
        }
        return .text
    }

    private func cell(_ node: Node, _ type: ColumnType, _ subject: String, _ problems: inout [Diagnostic]) -> Cell? {
        guard let text = node.text else { return nil }
        if text.isEmpty { return .missing }
        switch type {
        case .text: return .text(Array(text.utf8)[...])
        case .decimal:
            if let number = ExactDecimal(text) { return .decimal(number) }
            problems.append(Diagnostic(.badValue, "'\(text)' of \(subject) is not a number", at: node.headPlace))
        case .instant:
            if let instant = Instant(iso8601: text, zone: file.project.timezone.value) { return .instant(instant) }
            problems.append(Diagnostic(.badValue, "'\(text)' of \(subject) is not an instant", at: node.headPlace))
        }
        return nil
    }
}

extension AttributeType {
    fileprivate var column: ColumnType {
        switch self {
        case .string: .text
        case .number: .decimal
        case .timestamp: .instant
        }
    }
}
