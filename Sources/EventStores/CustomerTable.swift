/// Everybody who was seen in any import, in order of first sight.
package struct CustomerTable: Sendable {
    package let count: Int
    private let texts: Lazy<TextDictionary>
    let attributes: ColumnSet

    init(count: Int, ids: Lazy<TextDictionary>, attributes: ColumnSet) {
        self.count = count
        texts = ids
        self.attributes = attributes
    }

    /// Customer `c` has the id `ids.text(of: UInt32(c + 1))`.
    ///
    /// - Throws: `storeDamaged` at the first access.
    package var ids: TextDictionary { get throws { try texts.value } }

    /// Names and types of the properties, in the order in which they were first mapped.
    package var propertySpecs: [ColumnSpec] { attributes.specs }

    /// A property by name, one cell a customer; nil where there is none of that name.
    ///
    /// - Throws: `storeDamaged` at the first access.
    package func property(_ name: String) throws -> StoredColumn? { try attributes.column(name) }

    /// The index of the customer with that id; nil where there is none.
    ///
    /// - Throws: `storeDamaged` at the first access.
    package func index(of id: some Sequence<UInt8>) throws -> Int? { try ids.code(of: id).map { Int($0) - 1 } }
}
