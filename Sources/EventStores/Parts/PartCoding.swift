import Diagnostics
import Quantities

/// Brings the texts of a part that is appended, which were numbered for the part alone, under the codes of the store:
/// texts that the store has keep theirs, new ones come after them.
struct PartCoding {
    let store: EventStore
    /// What the store has of the part's customers, and where its codes come from.
    let old: GenerationContent
    let extract: StoreExtract
    /// The import alone, and by its customers the index in the store.
    let day: GenerationContent
    let known: [Int?]

    /// - Throws: `storeDamaged`; `valueOutOfRange` where a stored number does not fit with the digits of a new one.
    func recode(_ content: inout GenerationContent) throws {
        for position in content.properties.indices {
            let isOld = old.properties.indices.contains(position)
            let spec = content.properties[position].spec
            let stored = isOld ? try store.customers.property(spec.name) : nil
            _ = try recode(
                &content.properties[position], stored, isOld ? old.properties[position] : nil,
                oldCodes: isOld ? extract.oldCodes(property: position) : [], label: "property '\(spec.name)'")
        }
        for table in content.tables.indices {
            let isOldTable = old.tables.indices.contains(table)
            let name = content.tables[table].name
            for position in content.tables[table].columns.indices {
                let isOld = isOldTable && old.tables[table].columns.indices.contains(position)
                let spec = content.tables[table].columns[position].spec
                let stored = isOld ? try store.tables[name]?.column(spec.name) : nil
                let isKey = spec.name == content.tables[table].keys.key
                let codes = try recode(
                    &content.tables[table].columns[position], stored, isOld ? old.tables[table].columns[position] : nil,
                    oldCodes: isOld ? extract.oldCodes(table: table, column: position) : [],
                    label: "column '\(spec.name)' of event type '\(name)'")
                if isKey {
                    try addKeys(&content, table, position, codes, isOld: isOld, textsBefore: stored?.textCount ?? 0)
                }
            }
        }
    }

    /// - Returns: by the part's code - 1 the store's code, of texts.
    private func recode(
        _ column: inout ColumnContent, _ stored: StoredColumn?, _ old: ColumnContent?, oldCodes: [UInt32],
        label: String
    ) throws -> [UInt32] {
        switch (column.cells, stored) {
        case (.text(let codes, let texts), _):
            var dictionary: TextDictionary?
            if case .text(_, let found) = stored { dictionary = found }
            let textsBefore = dictionary?.count ?? 0
            var added = TextContent()
            // Most texts are those that the customers have had, which are fewer than those of the store.
            var near: TextDictionary?
            if case .text(_, let texts) = old?.cells { near = TextDictionary(texts) }
            let storeCodes = (0..<texts.count).map { position -> UInt32 in
                let text = texts.text(position)
                if let code = near?.code(of: text) { return oldCodes[Int(code) - 1] }
                if let code = dictionary?.code(of: text) { return code }
                added.append(text)
                return UInt32(textsBefore + added.count)
            }
            let recoded = codes.map { $0 == 0 ? 0 : storeCodes[Int($0) - 1] }
            column.cells = .text(recoded, added)
            var changes: [UInt32: Int32] = [:]
            for code in recoded where code != 0 && Int(code) <= textsBefore { changes[code, default: 0] += 1 }
            if case .text(let codes, _) = old?.cells {
                for code in codes where code != 0 { changes[oldCodes[Int(code) - 1], default: 0] -= 1 }
            }
            let changed = changes.filter { $0.value != 0 }.keys.sorted()
            column.changes = TextChanges(
                textsBefore: textsBefore, codes: changed, changes: changed.map { changes[$0] ?? 0 })
            return storeCodes
        case (.decimal(_, let scale), .decimal(let units, let storedScale)):
            if scale > storedScale { try checkFits(units, storedScale, scale, label) }
        default: break
        }
        return []
    }

    /// Stored numbers must have room for the digits of new ones.
    private func checkFits(_ units: Cells<Int64>, _ scale: Int, _ wide: Int, _ label: String) throws {
        let factor = Int64(exactly: ExactDecimal.power(wide - scale))
        try unsafe units.forEachBlock { block in
            for row in block.indices {
                let value = unsafe block[row]
                if value == missingWord || value == 0 { continue }
                let (product, overflow) = factor.map { value.multipliedReportingOverflow(by: $0) } ?? (0, true)
                guard overflow || product == missingWord else { continue }
                throw Diagnostic(
                    .error, .valueOutOfRange,
                    "\(label): a new value needs \(wide) digits after the point, with which "
                        + "\(ExactDecimal(units: Int128(value), scale: scale)) does not fit into 64 bits")
            }
        }
    }

    // MARK: - Keys

    /// Who had the new keys first, and which keys have become shared.
    private func addKeys(
        _ content: inout GenerationContent, _ table: Int, _ column: Int, _ storeCodes: [UInt32], isOld: Bool,
        textsBefore: Int
    ) throws {
        guard case .text(let codes, let added) = content.tables[table].columns[column].cells,
            let members = content.members
        else { preconditionFailure("a part has members, and its keys are texts") }
        // Keys that customers of the part have had, by customer and code.
        var pairs: Set<UInt64> = []
        func pair(_ customer: UInt32, _ code: UInt32) -> UInt64 { UInt64(customer) << 32 | UInt64(code) }
        if isOld, case .text(let codes, _) = old.tables[table].columns[column].cells {
            let oldCodes = extract.oldCodes(table: table, column: column)
            old.tables[table].forEachRow { position, row in
                if codes[row] != 0 { pairs.insert(pair(members[position], oldCodes[Int(codes[row]) - 1])) }
            }
        }
        let first = firstImporters(table, column)
        let addedTexts = TextDictionary(added)
        var owners: [UInt32] = []
        var firstCustomers: [UInt32] = []
        var shared: Set<UInt32> = []
        content.tables[table].forEachRow { position, row in
            let (code, customer) = (codes[row], members[position])
            if code == 0 || pairs.contains(pair(customer, code)) { return }
            let newKey = Int(code) - textsBefore - 1
            if newKey < 0 {
                // Somebody else has had it.
                shared.insert(code)
            } else if newKey >= firstCustomers.count {
                firstCustomers.append(customer)
                let owner = first(addedTexts.bytes(of: UInt32(newKey + 1))) ?? customer
                owners.append(owner == customer ? 0 : owner + 1)
            } else if firstCustomers[newKey] != customer {
                shared.insert(code)
            }
        }
        if isOld { shared.subtract(try store.sharedKeys(table: table)) }
        content.tables[table].owners = owners
        content.tables[table].sharedKeys = shared.sorted()
    }

    /// The customer, by its index in the generation, who first had a key in order of this import.
    private func firstImporters(_ table: Int, _ column: Int) -> ([UInt8]) -> UInt32? {
        let rows = day.tables[table]
        guard rows.columns.indices.contains(column), case .text(let codes, let texts) = rows.columns[column].cells,
            let stored = rows.owners
        else { return { _ in nil } }
        // The indices of new customers follow those of the store.
        var indices: [UInt32] = []
        var next = UInt32(store.customers.count)
        for customer in known {
            indices.append(customer.map { UInt32($0) } ?? next)
            if customer == nil { next += 1 }
        }
        var owners: [UInt32] = []
        rows.forEachRow { customer, row in
            if Int(codes[row]) > owners.count {
                let owner = stored[Int(codes[row]) - 1]
                owners.append(indices[owner == 0 ? customer : Int(owner) - 1])
            }
        }
        let dictionary = TextDictionary(texts)
        return { key in dictionary.code(of: key).map { owners[Int($0) - 1] } }
    }
}

extension TableContent {
    /// Calls the body with the position of each row's customer, and the row.
    func forEachRow(_ body: (Int, Int) -> Void) {
        for customer in 0..<(offsets.count - 1) {
            for row in Int(offsets[customer])..<Int(offsets[customer + 1]) { body(customer, row) }
        }
    }
}

extension StoredColumn {
    /// Texts of its dictionary; 0 for columns of another type.
    fileprivate var textCount: Int { if case .text(_, let dictionary) = self { dictionary.count } else { 0 } }
}

extension EventStore {
    /// Codes of keys that more than one customer has.
    ///
    /// - Throws: `storeDamaged`.
    fileprivate func sharedKeys(table: Int) throws -> Set<UInt32> {
        var shared: Set<UInt32> = []
        for part in join.parts where part.tables.indices.contains(table) {
            if let codes = try part.tables[table].sharedKeys?.value { shared.formUnion(codes.array) }
        }
        return shared
    }
}
