import Quantities
package import Queries

extension Dimension {
    /// A stable name for machines: `month`, `cohort_month`, `age_months`, `purchase_count`, or the id of the attribute,
    /// property or segmentation.
    package var fieldName: String {
        switch self {
        case .attribute(let name), .property(let name), .segmentation(let name), .eventSegmentation(let name): name
        case .currency: "currency"
        case .calendar(let unit): unit.rawValue
        case .cohort(let unit): "cohort_" + unit.rawValue
        case .age(let unit): "age_\(unit.rawValue)s"
        case .purchaseCount: "purchase_count"
        case .daysToSecondPurchase: "days_to_second_purchase"
        }
    }

    /// What kind of grouping it is, for machines.
    package var kindName: String {
        switch self {
        case .attribute: "attribute"
        case .property: "property"
        case .segmentation: "segmentation"
        case .eventSegmentation: "event_segmentation"
        case .currency: "currency"
        case .calendar: "calendar"
        case .cohort: "cohort"
        case .age: "age"
        case .purchaseCount: "purchase_count"
        case .daysToSecondPurchase: "days_to_second_purchase"
        }
    }

    /// Buckets of time: rows can be incomplete.
    var isTime: Bool {
        switch self {
        case .calendar, .cohort, .age: true
        default: false
        }
    }
}

extension Layout {
    /// Rows come in an order of their own and are drawn as a chart.
    var isCharted: Bool { self == .trend || self == .distribution }
}

/// Names of a table's fields for machines.
package enum FieldNames {
    /// The dimensions' field names; one that a dimension or column before it has already gets `_2`, `_3`, ....
    package static func dimensions(of table: ResultTable) -> [String] {
        var taken = Set(table.columns.map { Array($0.name.utf8) })
        return table.dimensions.map { header in
            var name = header.dimension.fieldName
            var number = 2
            while !taken.insert(Array(name.utf8)).inserted {
                name = "\(header.dimension.fieldName)_\(number)"
                number += 1
            }
            return name
        }
    }
}
