import Foundation

/// A tiny project in a folder of its own: `orders` purchases of 10.00 each, and a use case that counts them. Another
/// number of orders is another content, so that a mixture of two generations shows.
final class SampleProject {
    let path: String

    init(orders: Int) throws {
        path = NSTemporaryDirectory() + "/tenure-project-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path + "/usecases/tiny", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: path + "/data", withIntermediateDirectories: true)
        try write(SampleProject.definition, to: "project.yaml")
        try write(SampleProject.useCase, to: "usecases/tiny/usecase.yaml")
        try write(orders: orders)
    }

    /// A copy of another project, store and deployments included.
    init(copyOf other: SampleProject) throws {
        path = NSTemporaryDirectory() + "/tenure-project-" + UUID().uuidString
        try FileManager.default.copyItem(atPath: other.path, toPath: path)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, to file: String) throws {
        try Data(text.utf8).write(to: URL(filePath: "\(path)/\(file)"))
    }

    func read(_ file: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: "\(path)/\(file)")), as: UTF8.self)
    }

    /// `data/orders.csv` with that many orders, of `orders / 2` customers, and further lines.
    func write(orders: Int, further: String = "") throws { try write(orders: 0..<orders, further: further) }

    /// The same with the orders of these numbers.
    func write(orders: Range<Int>, further: String = "") throws {
        var text = "id,customer,at,status,total,city\n"
        text.reserveCapacity(orders.count * 50)
        for number in orders {
            let day = number % 28 + 1
            text += "o\(number),c\(number / 2),2026-01-\(day < 10 ? "0" : "")\(day)T10:00:00Z,success,10.00,Brno\n"
        }
        try write(text + further, to: "data/orders.csv")
    }

    private static let definition = """
        name: Tiny
        timezone: UTC
        currency: EUR
        as_of: data
        sources:
          - name: orders
            file: data/orders.csv
            customer: customer
            event:
              type: purchase
              timestamp: {column: at, format: iso8601}
              key: purchase_id
              amount: total_price
              attributes:
                purchase_id: id
                purchase_status: status
                total_price: {column: total, type: number}
            properties:
              city: city

        """

    private static let useCase = """
        use_case: tiny
        version: 1.0.0
        title: Tiny
        parameters:
          prefix: {type: text, default: "A "}
        event_segmentations:
          - id: purchase-success
            name: "{{ prefix }}Purchase success"
            event: purchase
            segments:
              - name: Successful
                when: {attribute: purchase_status, in: [success]}
        customer_segmentations:
          - id: buyers
            name: "{{ prefix }}Buyers"
            segments:
              - name: Buyer
                when: {aggregate: purchases, at_least: 1}
            remainder: Other
        purchases:
          event: purchase
          amount: total_price
          success: {segmentation: purchase-success, in: [Successful]}
        metrics:
          revenue: {measure: revenue, title: Revenue}
          purchases: {measure: purchases, title: Purchases}
          buyers: {measure: buyers, title: Buyers}
        dashboard:
          id: tiny
          name: "{{ prefix }}Tiny"
          reports:
            - kpi: headline
              title: Key figures
              metrics: [revenue, purchases, buyers]
            - table: by-city
              title: By city
              by: {property: city}
              metrics: [revenue, purchases, buyers]

        """
}

// MARK: - Running commands on it

extension SampleProject {
    /// `tenure ARGUMENTS -C project`, under a wrapper such as `strace …`.
    func start(
        _ arguments: [String], under wrapper: [String] = [], environment: [String: String] = [:]
    ) throws -> Child {
        try Child(wrapper + [Program.path] + arguments + ["-C", path], environment: environment)
    }

    func run(_ arguments: [String], under wrapper: [String] = []) throws -> Run {
        try start(arguments, under: wrapper).wait()
    }

    /// Runs what must succeed.
    @discardableResult
    func tenure(_ arguments: String...) throws -> Run {
        let result = try run(arguments)
        guard result.code == 0 else { throw UnexpectedEnd(arguments: arguments, run: result) }
        return result
    }

    /// What `evaluate --draft` shows; nil where it says that nothing was imported.
    func evaluated() throws -> Evaluated? {
        let arguments = ["evaluate", "tiny", "--draft", "--all-time", "--format", "json"]
        let result = try run(arguments)
        if result.code == 1, result.err.contains("TN501") { return nil }
        guard result.code == 0 else { throw UnexpectedEnd(arguments: arguments, run: result) }
        return try Evaluated(json: result.out)
    }

    /// What `status` shows: the deployment's number by asset id.
    func deployed() throws -> [String: Int] {
        let arguments = ["status", "--format", "json"]
        let result = try run(arguments)
        guard result.code == 0 else { throw UnexpectedEnd(arguments: arguments, run: result) }
        guard let object = try JSONSerialization.jsonObject(with: Data(result.out.utf8)) as? [String: Any],
            let assets = object["assets"] as? [[String: Any]]
        else { throw UnexpectedEnd(arguments: arguments, run: result) }
        var numbers: [String: Int] = [:]
        for asset in assets {
            guard let id = asset["id"] as? String, let number = asset["deployment"].flatMap({ Int("\($0)") }),
                numbers.updateValue(number, forKey: id) == nil
            else { throw UnexpectedEnd(arguments: arguments, run: result) }
        }
        return numbers
    }

    /// The number of deployments in the history of the use case.
    func deploymentCount() throws -> Int {
        let arguments = ["history", "tiny", "--format", "json"]
        let result = try run(arguments)
        guard result.code == 0,
            let object = try JSONSerialization.jsonObject(with: Data(result.out.utf8)) as? [String: Any],
            let deployments = object["deployments"] as? [Any]
        else { throw UnexpectedEnd(arguments: arguments, run: result) }
        return deployments.count
    }

    /// Every file and folder below `.tenure`.
    func stored() -> [String] {
        (FileManager.default.enumerator(atPath: path + "/.tenure")?.allObjects ?? []).map { "\($0)" }.sorted()
    }

    /// The same with the numbers of generations left out: what must not grow.
    func storedNames() -> [String] {
        stored().map { name in
            var parts = name.split(separator: "/").map(String.init)
            if parts.count > 2, parts[1] == "parts" { parts[2] = "N" }
            return parts.joined(separator: "/")
        }.sorted()
    }
}

/// The part of an evaluation that tells which generation it is of, and that it is of one.
struct Evaluated: Hashable, Codable {
    var generation: Int
    var purchases: Int
    var customers: Int
    /// In whole units.
    var revenue: Int

    /// A generation of that many orders of a `SampleProject`.
    init(generation: Int, orders: Int) {
        self.generation = generation
        purchases = orders
        customers = (orders + 1) / 2
        revenue = orders * 10
    }

    init(json: String) throws {
        func number(_ value: Any?) -> Int? { value.flatMap { Double("\($0)") }.map { Int($0) } }
        guard let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any],
            let dashboard = object["dashboard"] as? [String: Any], let reports = object["reports"] as? [[String: Any]],
            let rows = reports.first?["rows"] as? [[String: Any]], let values = rows.first?["values"] as? [String: Any],
            let generation = number(dashboard["generation"]), let purchases = number(values["purchases"]),
            let customers = number(values["buyers"]), let revenue = number(values["revenue"])
        else { throw UnexpectedOutput(text: json) }
        self.generation = generation
        self.purchases = purchases
        self.customers = customers
        self.revenue = revenue
    }
}

struct UnexpectedEnd: Error, CustomStringConvertible {
    var arguments: [String]
    var run: Run
    var description: String { "tenure \(arguments.joined(separator: " ")): \(run)" }
}

struct UnexpectedOutput: Error {
    var text: String
}
