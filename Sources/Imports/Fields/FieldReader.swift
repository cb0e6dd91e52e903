package import Definitions
import Diagnostics
package import EventStores
package import Quantities

/// What fields of one file are compiled with.
package struct FieldContext {
    package var columns: Columns
    package var decimalSeparator: UInt8
    /// The zone of wall times.
    package var zone: Zone

    package init(columns: Columns, decimalSeparator: UInt8 = UInt8(ascii: "."), zone: Zone) {
        self.columns = columns
        self.decimalSeparator = decimalSeparator
        self.zone = zone
    }
}

/// The fields that are read without making a `Cell`: nearly all of them.
enum FieldKernel: Sendable {
    case text(column: Int)
    case number(column: Int, decimalSeparator: UInt8)
    case timestamp(column: Int, TimestampReader)
    /// Constants, cases, expressions, transforms, texts that mean "missing".
    case any
}

/// A `FieldMapping` for one file, compiled: no names, no dynamic dispatch, nothing parsed twice.
package struct FieldReader: Sendable {
    private enum Origin: Sendable {
        case column(Int)
        case constant(Cell)
        case cases([(when: ColumnCondition, cell: Cell)], otherwise: Cell)
        case expression(ColumnExpression, NumberReading)
    }

    private enum Form: Sendable {
        case text
        case number(decimalSeparator: UInt8)
        case timestamp(TimestampReader)
    }

    private let origin: Origin
    private let form: Form
    private let transforms: [TextTransform]
    private let missingValues: [[UInt8]]

    /// The column of the store that takes the cells.
    package var columnType: ColumnType {
        switch form {
        case .text: .text
        case .number: .decimal
        case .timestamp: .instant
        }
    }

    /// How the reader of batches takes the values.
    var kernel: FieldKernel {
        guard case .column(let column) = origin, transforms.isEmpty, missingValues.isEmpty else { return .any }
        switch form {
        case .text: return .text(column: column)
        case .number(let separator): return .number(column: column, decimalSeparator: separator)
        case .timestamp(let reader): return .timestamp(column: column, reader)
        }
    }

    /// Nil, and diagnostics in the context's columns, where the mapping does not suit the file. With `asText` the
    /// value is text whatever the mapping says: ids are.
    package init?(_ mapping: FieldMapping, _ context: FieldContext, asText: Bool = false) {
        transforms = mapping.transforms.map(TextTransform.init)
        missingValues = mapping.missingValues.map { Array($0.utf8) }
        switch asText ? .string : mapping.type {
        case .string: form = .text
        case .number: form = .number(decimalSeparator: context.decimalSeparator)
        case .timestamp:
            do {
                form = .timestamp(
                    try TimestampReader(mapping.format ?? .iso8601, zone: context.zone, at: mapping.place))
            } catch let problem as Diagnostic {
                context.columns.diagnostics.append(problem)
                return nil
            } catch {
                preconditionFailure("a timestamp reader throws diagnostics only, not \(error)")
            }
        }
        guard let origin = FieldReader.origin(mapping, context, form, transforms) else { return nil }
        self.origin = origin
    }

    private static func origin(
        _ mapping: FieldMapping, _ context: FieldContext, _ form: Form, _ transforms: [TextTransform]
    ) -> Origin? {
        // Written texts are not the file's: their numbers have the point.
        func constant(_ text: String?, at place: Place) -> Cell? {
            guard let text else { return .missing }
            var form = form
            if case .number = form { form = .number(decimalSeparator: UInt8(ascii: ".")) }
            let changed = transforms.reduce(Array(text.utf8)[...]) { $1.apply($0) }
            do throws(RowProblem) {
                return changed.isEmpty ? .missing : try cell(changed, form)
            } catch {
                context.columns.report(error.code, error.message, at: place, hints: error.hints)
                return nil
            }
        }
        switch mapping.source {
        case .column(let name):
            return context.columns.index(of: name).map { .column($0) }
        case .constant(let text):
            return constant(text, at: mapping.place).map { .constant($0) }
        case .cases(let list, let otherwise):
            var cases: [(when: ColumnCondition, cell: Cell)] = []
            for item in list {
                let condition = ColumnCondition(item.when, context)
                let cell = constant(item.value, at: item.when.place)
                if let condition, let cell { cases.append((condition, cell)) }
            }
            guard let rest = constant(otherwise, at: mapping.place), cases.count == list.count else { return nil }
            return .cases(cases, otherwise: rest)
        case .expression(let expression):
            if case .timestamp = form {
                context.columns.report(
                    .importMapping, "an expression gives a number, not a timestamp", at: expression.place)
                return nil
            }
            let reading = NumberReading(
                decimalSeparator: context.decimalSeparator, missingValues: mapping.missingValues.map { Array($0.utf8) })
            return ColumnExpression(expression, context.columns).map { .expression($0, reading) }
        }
    }

    /// The row's value. A text cell is a slice of the record's buffers, valid until the next row is read.
    package func cell(_ record: Record) throws(RowProblem) -> Cell {
        switch origin {
        case .constant(let cell):
            return cell
        case .cases(let cases, let otherwise):
            for item in cases where try item.when.holds(record) { return item.cell }
            return otherwise
        case .expression(let expression, let reading):
            guard let value = try expression.value(record, reading) else { return .missing }
            switch form {
            case .text:
                let text = transforms.reduce(Array(value.normalized.description.utf8)[...]) { $1.apply($0) }
                return text.isEmpty || isMissing(text) ? .missing : .text(text)
            case .number, .timestamp: return .decimal(value)
            }
        case .column(let column):
            var text = record.text(column)
            if text.isEmpty || isMissing(text) { return .missing }
            if !transforms.isEmpty {
                for transform in transforms { text = transform.apply(text) }
                if text.isEmpty || isMissing(text) { return .missing }
            }
            do throws(RowProblem) {
                return try FieldReader.cell(text, form)
            } catch {
                throw error.placed(at: column)
            }
        }
    }

    private func isMissing(_ text: ArraySlice<UInt8>) -> Bool {
        for value in missingValues where value.count == text.count && text.elementsEqual(value) { return true }
        return false
    }

    private static func cell(_ text: ArraySlice<UInt8>, _ form: Form) throws(RowProblem) -> Cell {
        switch form {
        case .text:
            return .text(text)
        case .number(let separator):
            let trimmed = trim(text)
            return trimmed.isEmpty ? .missing : .decimal(try NumberText.read(trimmed, decimalSeparator: separator))
        case .timestamp(let reader):
            let trimmed = trim(text)
            return trimmed.isEmpty ? .missing : .instant(try reader.read(trimmed))
        }
    }
}
