/// What a value of the definition language looks like, as data. The checker, the JSON Schema and the documentation of
/// the language all read the same shapes, so they cannot disagree.
package indirect enum Shape: Sendable {
    /// Keys of fixed names.
    case mapping(MappingShape)
    /// Exactly one of several keys decides which other keys there are.
    case choice(ChoiceShape)
    /// Keys of any name, all values alike.
    case entries(EntriesShape)
    case list(ListShape)
    case text(TextShape)
    case number(NumberShape)
    /// `true` or `false`, nothing else.
    case boolean
    /// A list, or one element of it alone.
    case oneOrMany(ListShape)
    /// A text as the short form of something longer.
    case textOr(TextShape, Shape)
    /// A shape of the language's `definitions`, for what contains itself.
    case named(String)
}

/// A language: the shape of a file, and the shapes that it names.
package struct Language: Sendable {
    /// The file name of its schema, `usecase`.
    package let name: String
    package let title: String
    package let root: Shape
    package let definitions: [String: Shape]
    /// Values may be `{{ parameters }}`, which editors have to accept.
    package let hasParameters: Bool
}

package struct MappingShape: Sendable {
    /// What one is called in messages, `a segment`.
    package var name: String
    package var fields: [Field]
    /// Groups of fields of which exactly one (or at most one) is there.
    package var groups: [Group] = []

    package struct Group: Sendable {
        package var keys: [String]
        /// At least one of them stands there.
        package var isRequired: Bool
        /// At most one of them does.
        package var isExclusive = true
    }
}

package struct Field: Sendable {
    package var name: String
    package var shape: Shape
    package var isRequired: Bool
    /// One or two sentences for editors and the reference.
    package var doc: String
    /// As it would be written.
    package var defaultText: String?
    /// What to write instead, where the key is on its way out.
    package var replacement: String?
}

package struct ChoiceShape: Sendable {
    package var name: String
    package var options: [Option]

    package struct Option: Sendable {
        /// The key that selects the option; it is one of the mapping's required fields.
        package var key: String
        package var mapping: MappingShape
    }
}

package struct EntriesShape: Sendable {
    package var name: String
    package var key: TextShape
    package var value: Shape
    package var doc: String
    package var limits: ClosedRange<Int>
}

package struct ListShape: Sendable {
    package var element: Shape
    package var limits: ClosedRange<Int>
}

package struct TextShape: Sendable {
    /// The only texts that are possible; nil takes any.
    package var allowed: [String]?
    package var form: TextForm?
    package var example: String?
}

/// A form of texts: how it is said, as a regular expression for editors, and as code.
package struct TextForm: Sendable {
    /// `an id of letters, digits, - and _`
    package var name: String
    package var pattern: String
    package var matches: @Sendable (String) -> Bool
}

package struct NumberShape: Sendable {
    package var isInteger: Bool
    package var minimum: Int?
    package var maximum: Int?
}
