/// When parts are merged, and which.
enum MergeDecision {
    /// The part is added as it is.
    case none
    /// All parts but the first become one. There are many of them, but together they are small.
    case later
    /// All become one. The later ones are so large that reading them together costs as much as writing them again.
    case all

    private static let maximalParts = 8

    /// For a part more of that content.
    init(_ store: EventStore, _ content: GenerationContent) {
        let parts = store.partRecords
        let later = parts.dropFirst().reduce(content.size) { $0 + $1.size }
        self = later * 4 > parts[0].size ? .all : parts.count >= MergeDecision.maximalParts ? .later : .none
    }
}

/// Merges all parts of a store but the first one into one: the first one's texts keep their codes, the others are
/// numbered anew. It costs what the customers of the later parts cost.
struct LaterMerging {
    private let store: EventStore
    private let extract: StoreExtract
    private let customers: [Range<Int>]

    /// - Throws: `storeDamaged`.
    init(_ store: EventStore) throws {
        self.store = store
        extract = StoreExtract(store, isSparse: true, keepsFirst: true)
        customers = try store.join.laterCustomers()
    }

    /// The part that takes the place of the later ones.
    ///
    /// - Throws: `storeDamaged`.
    func content() throws -> GenerationContent {
        let (first, later) = (store.join.parts[0], store.join.parts.dropFirst())
        var content = try extract.content(of: customers)
        let members = customers.joined().map { UInt32($0) }
        content.members = members
        let known = members.count { Int($0) < first.customerCount }
        var newIDs = TextContent()
        newIDs.append(content.customerIDs, known..<content.customerIDs.count)
        content.customerIDs = newIDs
        for position in content.properties.indices {
            try addChanges(
                &content.properties[position], first.properties[ifThere: position],
                later.map { $0.properties[ifThere: position] })
        }
        for position in content.tables.indices {
            guard let table = store.tables[content.tables[position].name] else { preconditionFailure("listed only") }
            try content.tables[position].addResolved(of: table, customers)
            let firstColumns = first.tables[ifThere: position]?.columns
            for column in content.tables[position].columns.indices {
                try addChanges(
                    &content.tables[position].columns[column], firstColumns?[ifThere: column],
                    later.map { $0.tables[ifThere: position]?.columns[ifThere: column] })
            }
            try addKeys(&content.tables[position], position, table, members)
        }
        return content
    }

    /// The changes of the first part's texts, all later parts together.
    private func addChanges(_ column: inout ColumnContent, _ first: PartColumn?, _ later: [PartColumn?]) throws {
        guard case .text = column.cells else { return }
        let textsBefore = first?.texts?.count ?? 0
        var sums: [UInt32: Int32] = [:]
        for part in later {
            guard let (codes, changes) = try part?.counts?.changes?.value else { continue }
            for (code, change) in zip(codes.array, changes.array) where Int(code) <= textsBefore {
                sums[code, default: 0] += change
            }
        }
        let changed = sums.filter { $0.value != 0 }.keys.sorted()
        column.changes = TextChanges(
            textsBefore: textsBefore, codes: changed, changes: changed.map { sums[$0] ?? 0 })
    }

    private func addKeys(
        _ content: inout TableContent, _ position: Int, _ table: EventTable, _ members: [UInt32]
    ) throws {
        guard let owners = try table.columns.owners?.value,
            let column = content.columns.firstIndex(where: { $0.spec.name == table.keys.key }),
            case .text(let codes, _) = content.columns[column].cells
        else { return }
        let kept = UInt32(content.columns[column].changes?.textsBefore ?? 0)
        let oldCodes = extract.oldCodes(table: position, column: column)
        var sharing = KeySharing()
        let keys = sharing.note(
            codes.map { $0 > kept ? $0 - kept : 0 }, offsets: content.offsets, customer: { members[$0] },
            firstImported: { code, _ in owners[Int(oldCodes[Int(code) - 1]) - 1] })
        content.owners = keys.owners
        content.sharedKeys = keys.sharedKeys.map { $0 + kept }
        for part in store.join.parts.dropFirst() {
            guard let shared = try part.tables[ifThere: position]?.sharedKeys?.value else { continue }
            content.sharedKeys += shared.array.filter { $0 <= kept }
        }
    }
}
