import Diagnostics

/// Everything about a project that single sources do not show: names, and what refers to what.
enum ProjectValidation {
    static func check(_ project: Project, _ names: ProjectDecoding.Names) -> [Diagnostic] {
        duplicates(project.sources) + references(project, names) + consents(project, names.properties)
            + places(project)
    }

    /// Each source is where the engine looks.
    private static func places(_ project: Project) -> [Diagnostic] {
        project.sources.compactMap { source in
            switch (project.engine.value, source.input, source.table) {
            case (.embedded, .elsewhere, let table?):
                Diagnostic(
                    .sourcePlace, "source '\(source.name.value)' is a table of Spark, and the engine is embedded",
                    at: table.written.place, hints: ["engine: spark", "or file: names where the same rows are here"])
            case (.spark, _, nil):
                Diagnostic(
                    .sourcePlace, "source '\(source.name.value)' names no table, and the engine is Spark",
                    at: source.name.place,
                    hints: ["table: or parquet: says where Spark has its rows; file: may stay for engine: embedded"])
            default: nil
            }
        }
    }

    private static func duplicates(_ sources: [Source]) -> [Diagnostic] {
        var seen: [ByteText: Place] = [:]
        var result: [Diagnostic] = []
        for source in sources {
            if let first = seen[ByteText(source.name.value)] {
                result.append(
                    Diagnostic(
                        .duplicateSource, "source '\(source.name.value)' exists twice", at: source.name.place,
                        related: [.init("first written here", at: first)]))
            } else {
                seen[ByteText(source.name.value)] = source.name.place
            }
        }
        return result
    }

    /// `refers_to` and `customer_through` name event types with a key.
    private static func references(_ project: Project, _ names: ProjectDecoding.Names) -> [Diagnostic] {
        if names.isOpen { return [] }
        let types = names.events.map(\.name)
        let keyed = names.events.filter(\.hasKey).map(\.name)
        let named = project.sources.flatMap { source in
            [source.event?.refersTo?.event, source.customerThrough?.event].compactMap(\.self)
        }
        return named.filter { !keyed.contains($0.value) }.map { name in
            if types.contains(name.value) {
                return Diagnostic(
                    .unknownEventReference, "the event '\(name.value)' has no key", at: name.place,
                    hints: ["add key: to its source"])
            }
            return Diagnostic(
                .unknownEventReference, "no source makes the event '\(name.value)'", at: name.place,
                hints: didYouMean(name.value, among: keyed) + (keyed.isEmpty ? [] : ["events: \(listed(keyed))"]))
        }
    }

    /// Consents are held by properties that a source makes.
    private static func consents(_ project: Project, _ properties: [String]) -> [Diagnostic] {
        project.consents.filter { consent in
            !properties.contains { $0.utf8.elementsEqual(consent.property.value.utf8) }
        }.map { consent in
            Diagnostic(
                .unknownEventReference, "no source makes the property '\(consent.property.value)'",
                at: consent.property.place,
                hints: didYouMean(consent.property.value, among: properties)
                    + (properties.isEmpty ? [] : ["properties: \(listed(properties))"]))
        }
    }
}
