import Definitions
import Diagnostics

/// What a parameter of a use case stands for in its definition.
enum ParameterRole: Equatable {
    case event
    case attribute(event: String, AttributeType)
    /// The attribute that holds an amount, or its currency, of the purchases or of the refunds.
    case amount(event: String)
    case currency(event: String)
    case consent
    case property(AttributeType)
    case catalog
    /// Values that a segment lists, of an attribute of an event.
    case values(event: String, attribute: String, meaning: Meaning)

    enum Meaning: Equatable {
        case success, canceled, testOrder, other
    }
}

/// Finds out what each parameter is for: a mark is put in its place, and looked for in the definition that comes of it. So
/// it holds for any use case, and no name of a parameter means anything.
struct ParameterRoles {
    private let roles: [String: [ParameterRole]]

    /// - Parameter load: the use case with values on top of those in force; nil where it is not valid with them.
    init(_ useCase: UseCase, load: ([Values.Setting]) throws -> UseCase?) rethrows {
        var roles: [String: [ParameterRole]] = [:]
        for parameter in useCase.parameters where parameter.type == .text || parameter.type == .list {
            let name = parameter.name.value
            guard
                case .success(let setting) = Values.Setting.parse("\(useCase.id.value).\(name)=\(ParameterRoles.mark)"),
                let marked = try load([setting])
            else { continue }
            roles[name] = ParameterRoles.find(in: marked, original: useCase)
        }
        self.roles = roles
    }

    subscript(parameter: String) -> [ParameterRole] { roles[parameter] ?? [] }

    /// No data has such a name.
    private static let mark = "\u{E000}tenure-mark\u{E001}"

    private static func find(in useCase: UseCase, original: UseCase) -> [ParameterRole] {
        var found: [ParameterRole] = []
        func add(_ role: ParameterRole) { if !found.contains(role) { found.append(role) } }
        // Where an event's own name is marked, its attributes are those of the event as it is called now.
        let events = zip(useCase.requirements.flatMap(\.all), original.requirements.flatMap(\.all))
        for (requirement, before) in events {
            switch (requirement.kind, before.kind) {
            case (.event(let name, let attributes, _), .event(let present, _, _)):
                if name == mark { add(.event) }
                for attribute in attributes where attribute.name.value == mark {
                    add(.attribute(event: present, attribute.type))
                }
            case (.property(let name, let attribute), _): if name == mark { add(.property(attribute.type)) }
            case (.consent(let category), _): if category == mark { add(.consent) }
            case (.catalog(let name, _), _): if name == mark { add(.catalog) }
            default: break
            }
        }
        let purchases = useCase.purchases
        let event = original.purchases.event.value
        if purchases.event.value == mark { add(.event) }
        if purchases.amount.value == mark { add(.amount(event: event)) }
        if purchases.currency?.value == mark { add(.currency(event: event)) }
        if let refunds = purchases.refunds, let present = original.purchases.refunds?.event.value {
            if refunds.event.value == mark { add(.event) }
            if refunds.amount.value == mark { add(.amount(event: present)) }
            if refunds.currency?.value == mark { add(.currency(event: present)) }
        }
        if let exclude = purchases.exclude { tests(exclude, event, .testOrder, add) }
        for (segmentation, before) in zip(useCase.eventSegmentations, original.eventSegmentations) {
            for segment in segmentation.segments {
                tests(segment.when, before.event.value, meaning(segment, of: segmentation, purchases), add)
            }
        }
        return found
    }

    private static func meaning(
        _ segment: SegmentDefinition, of segmentation: EventSegmentationDefinition, _ purchases: PurchasesDefinition
    ) -> ParameterRole.Meaning {
        func isIn(_ choice: PurchasesDefinition.SegmentChoice?) -> Bool {
            choice?.segmentation.value == segmentation.id.value
                && choice?.segments.contains { $0.value == segment.name.value } ?? false
        }
        if isIn(purchases.success) { return .success }
        return isIn(purchases.canceled) ? .canceled : .other
    }

    private static func tests(
        _ condition: Located<Condition>, _ event: String, _ meaning: ParameterRole.Meaning,
        _ add: (ParameterRole) -> Void
    ) {
        switch condition.value {
        case .all(let parts), .any(let parts): for part in parts { tests(part, event, meaning, add) }
        case .not(let part): tests(part, event, meaning, add)
        case .test(let subject, let test):
            guard case .attribute(let name) = subject.value else { return }
            if name == mark { add(.attribute(event: event, .string)) }
            if case .isIn(let values) = test.value, values.contains(mark) {
                add(.values(event: event, attribute: name, meaning: meaning))
            }
        }
    }
}
