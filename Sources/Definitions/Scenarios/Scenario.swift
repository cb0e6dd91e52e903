package import Diagnostics

/// A file in `tests/` of a use case: data that is given, and what the use case should make of it. It needs no project.
package struct ScenarioFile: Sendable {
    /// The policies of the project that the scenarios are in; without sources.
    package var project: Project
    /// Rates as a rates file has them.
    package var rates: [ScenarioRate]
    /// How the events relate to purchases, by event.
    package var keys: [String: ScenarioKeys]
    package var scenarios: [Scenario]
    package var file: SourceFile
}

/// Given data and expected results.
package struct Scenario: Sendable {
    package var name: Located<String>
    /// Parameters of the use case, the winner last.
    package var values: [(name: Located<String>, value: Node)]
    /// Options of `tenure evaluate` by name, such as `from` and `by`.
    package var options: [(name: Located<String>, values: [Located<String>])]
    /// Properties of customers, in the order written.
    package var customers: [(id: Located<String>, properties: [(name: Located<String>, value: Node)])]
    package var events: [Event]
    package var expectations: [Expectation]

    /// A given event; `at` is a date or an instant as written.
    package struct Event: Sendable {
        package var type: Located<String>
        package var customer: Located<String>
        package var at: Located<String>
        package var attributes: [(name: Located<String>, value: Node)]
    }

    /// What should come of the given data.
    package enum Expectation: Sendable {
        /// A metric of a report; of one of its rows, named by the labels of its dimensions, or of the total.
        case metric(report: Located<String>, row: Located<String>?, metric: Located<String>, value: Located<String>)
        /// The segment that a customer is in.
        case segment(segmentation: Located<String>, customer: Located<String>, segment: Located<String>)
        /// A warning that holds this text.
        case warning(Located<String>)
    }
}

/// The relation of an event to purchases, as the `event` of a source has it.
package struct ScenarioKeys: Sendable {
    package var key: String?
    package var amount: String?
    package var parent: String?
    package var refersTo: (event: String, key: String)?
}

/// One unit of a currency in another, from a date on; as written.
package struct ScenarioRate: Sendable {
    package var currency: Located<String>
    package var date: Located<String>
    package var rate: Located<String>
    /// What it leads into; nil for the display currency.
    package var target: Located<String>?
}
