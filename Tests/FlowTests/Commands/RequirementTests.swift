import Foundation
import Testing

/// Every kind of requirement, held against data that meets it and data that does not.
@Suite struct RequirementTests {
    private struct Check: Decodable {
        let requirements: [Item]

        struct Item: Decodable {
            let requirement: String
            let status: String
            let evidence: [String]
        }
    }

    private static let useCase = """
        use_case: needs
        version: 1.0.0
        title: Needs
        requirements:
          - event: purchase
            attributes:
              purchase_status: {min_coverage: 0.9}
              total_price: {type: number}
          - REQUIREMENT
            level: recommended
        event_segmentations:
          - id: purchase-success
            name: Purchase success
            event: purchase
            segments:
              - {name: Successful, when: {attribute: purchase_status, in: [success]}}
              - {name: Canceled, when: {attribute: purchase_status, in: [returned]}}
        customer_segmentations:
          - id: loyalty
            name: Loyalty
            segments:
              - {name: Came back, when: {aggregate: purchases, at_least: 2}}
            remainder: All others
        purchases:
          event: purchase
          amount: total_price
          success: {segmentation: purchase-success, in: [Successful]}
        """

    /// What `check` says of one requirement; `project` is added to the shop's project.yaml.
    private func check(_ requirement: String, project: String = "") throws -> Check.Item {
        let shop = try Shop.project()
        try shop.write("project.yaml", Shop.project + project)
        try shop.write("products.csv", "id,title,price\nA,Kettle,20.00\nB,Mug,\nB,Mug blue,8.50\n")
        try shop.write(
            "usecases/needs/usecase.yaml", RequirementTests.useCase.replacing("REQUIREMENT", with: requirement))
        try shop.succeed("import", "--progress", "none")
        let run = try shop.run("check", "needs", "--format", "json")
        let check = try JSONDecoder().decode(Check.self, from: Data(run.output.utf8))
        let others = ["event purchase", "attribute purchase.purchase_status", "attribute purchase.total_price"]
        return try #require(
            check.requirements.first { !others.contains($0.requirement) && !$0.requirement.hasPrefix("values of") },
            "\(run)")
    }

    @Test func freshnessLooksAtTheClockOrAtAFixedInstant() throws {
        let requirement = "freshness: {event: purchase, within: 3 days}"
        let old = try check(requirement)
        #expect(old.status == "default")
        #expect(old.evidence.first?.hasPrefix("newest row on 2026-02-28, ") == true)
        let fresh = try check(requirement, project: "as_of: 2026-03-02\n")
        #expect(fresh.status == "matched")
        #expect(fresh.evidence == ["newest row on 2026-02-28, 2 days before 2026-03-02"])
        #expect(try check("freshness: {event: visit, within: 3 days}").evidence == ["no such event in the data"])
    }

    @Test func aCatalogIsReadFromItsFile() throws {
        let requirement = "catalog: products"
        let none = try check(requirement)
        #expect((none.status, none.evidence) == ("default", ["the project has no catalogs"]))
        let found = try check(requirement, project: "catalogs: {products: {file: products.csv, key: id}}\n")
        #expect((found.status, found.evidence) == ("matched", ["3 items", "1 key stands there more than once"]))
        let other = try check(requirement, project: "catalogs: {product: {file: products.csv, key: id}}\n")
        #expect(other.evidence == ["the project has product"])
    }

    @Test func attributesOfACatalogAreChecked() throws {
        let shop = try Shop.project()
        try shop.write("products.csv", "id,title,price\nA,Kettle,20.00\nB,Mug,\nC,Mug blue,8.50\n")
        try shop.write("project.yaml", Shop.project + "catalogs: {products: {file: products.csv, key: id}}\n")
        try shop.write(
            "usecases/needs/usecase.yaml",
            RequirementTests.useCase.replacing(
                "REQUIREMENT",
                with:
                    "catalog: products\n    attributes: {price: {type: number, min_coverage: 0.9}, title: {type: number}}"
            ))
        try shop.succeed("import", "--progress", "none")
        let run = try shop.run("check", "needs")
        #expect(run.status == 3)
        #expect(run.output.contains("✗ required     catalog products.price"), "\(run)")
        #expect(run.output.contains("at least 0.9 of the rows should have it"))
        #expect(run.output.contains("0 % of the values read as numbers"))
    }

    @Test func aCatalogThatCannotBeReadIsEvidence() throws {
        let shop = try Shop.project()
        try shop.write("products.csv", "id,title\nA,Kettle\n")
        try shop.write("project.yaml", Shop.project + "catalogs: {products: {file: products.csv, key: ident}}\n")
        try shop.write(
            "usecases/needs/usecase.yaml", RequirementTests.useCase.replacing("REQUIREMENT", with: "catalog: products"))
        try shop.succeed("import", "--progress", "none")
        // A use case that asks for none does not read it.
        #expect(try shop.run("check", Shop.useCase).status == 0)
        let run = try shop.run("check", "needs")
        #expect(run.status == 0)
        #expect(run.output.contains("it cannot be read: 'products.csv' has no column 'ident'"), "\(run)")
    }

    /// The profile knows twenty values; what is required is counted among all.
    @Test func valuesBeyondTheProfileAreCounted() throws {
        let rows = (1...60).map { "c\($0),\($0),2026-01-0\($0 % 9 + 1)T00:00:00Z,s\($0 % 30),1,GB\n" }.joined()
        let shop = try Shop.project(orders: "customer,id,at,status,amount,country\n" + rows)
        let allowed = (0...19).map { "s\($0)" }.joined(separator: ", ")
        try shop.write(
            "usecases/needs/usecase.yaml",
            RequirementTests.useCase.replacing("{min_coverage: 0.9}", with: "{allowed: [\(allowed)], level: optional}")
                .replacing("REQUIREMENT", with: "property: country").replacing("[success]", with: "[s1]"))
        try shop.succeed("import", "--progress", "none")
        let run = try shop.run("check", "needs")
        #expect(run.output.contains("values that are not allowed"), "\(run)")
        #expect(run.output.contains("○ optional     attribute purchase.purchase_status"), "\(run)")
    }

    @Test func oneOfSeveralSourcesIsEnough() throws {
        let requirement = "any_of: [{consent: newsletter}, {property: country}]\n    title: who may be written to"
        let found = try check(requirement)
        #expect(found.requirement == "one of: who may be written to")
        #expect(found.status == "matched")
        #expect(found.evidence.last?.hasPrefix("✓ property country: in 100 % of the rows") == true, "\(found)")
        let none = try check(requirement.replacing("country", with: "region"))
        #expect(none.status == "default")
        #expect(none.evidence.allSatisfy { $0.hasPrefix("– ") })
    }

    @Test func theRemainderHasABudget() throws {
        let tight = try check("segmentation: purchase-success\n    max_remainder: 0.1")
        #expect(tight.status == "default")
        #expect(tight.evidence == ["20 % of the purchases, 1 of 5, are in no segment"])
        #expect(try check("segmentation: purchase-success\n    max_remainder: 0.2").status == "matched")
        let customers = try check("segmentation: loyalty\n    max_remainder: 0.5")
        #expect(customers.evidence == ["66.7 % of the customers, 2 of 3, are in no segment"])
    }

    @Test func evidenceSaysSinceWhenAnAttributeIsThere() throws {
        let shop = try Shop.project(
            orders: Shop.orders.replacing("id,at,status", with: "id,at,coupon,status")
                .replacing("Z,", with: "Z,,").replacing("2026-02-20T10:00:00Z,,", with: "2026-02-20T10:00:00Z,X1,"))
        try shop.edit(
            "project.yaml", replace: "        purchase_status: status\n",
            with: "        purchase_status: status\n        coupon: coupon\n")
        try shop.write(
            "usecases/needs/usecase.yaml",
            RequirementTests.useCase.replacing("total_price: {type: number}", with: "coupon: {level: optional}")
                .replacing("REQUIREMENT", with: "property: country"))
        try shop.succeed("import", "--progress", "none")
        let run = try shop.run("check", "needs")
        #expect(run.output.contains("seen 2026-02-20 to 2026-02-20"), "\(run)")
        let amounts = try shop.run("check", Shop.useCase)
        #expect(amounts.output.contains("from 9.99 to 99"), "\(amounts)")
    }
}
