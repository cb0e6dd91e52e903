import Definitions
import Diagnostics
import Quantities
import Testing

@Suite struct ShippedFilesTests {
    @Test func useCaseLoads() throws {
        let file = try Repository.file("usecases/cltv-dashboard/usecase.yaml")
        let (useCase, diagnostics) = UseCase.load(file: file, templates: Repository.templates)
        #expect(diagnostics.isEmpty, "\(rendered(diagnostics))")
        let loaded = try #require(useCase)
        #expect(loaded.id.value == "cltv-dashboard")
        #expect(loaded.requirements.count == 7)
        #expect(
            loaded.customerSegmentations.map(\.id.value) == ["retention", "email-subscription", "sms-subscription"])
        #expect(loaded.customerSegmentations[1].name.value == "[ACLV] Segments by Email subscription")
        #expect(loaded.customerSegmentations[1].remainder.value == "Email non-subscribers")
        #expect(loaded.dashboard?.reports.count == 21)
    }

    @Test func segmentationOfQuantilesLoads() throws {
        let file = try Repository.file("usecases/rfm-segmentation/usecase.yaml")
        let (useCase, diagnostics) = UseCase.load(file: file, templates: Repository.templates)
        #expect(diagnostics.isEmpty, "\(rendered(diagnostics))")
        let loaded = try #require(useCase)
        #expect(loaded.customerSegmentations.map(\.id.value) == ["recency", "frequency", "monetary", "rfm"])
        #expect(loaded.customerSegmentations.map(\.segments.count) == [5, 5, 5, 10])
        guard case .test(let subject, let test) = loaded.customerSegmentations[0].segments[0].when.value else {
            Issue.record("not a test")
            return
        }
        #expect(subject.value == .aggregate("days_since_last_purchase"))
        #expect(test.value == .atMostQuantile(ExactDecimal(units: 2, scale: 1)))
        let cltv = try Repository.file("usecases/cltv-dashboard/usecase.yaml")
        let other = try #require(UseCase.load(file: cltv, templates: Repository.templates).useCase)
        // One values.yaml suits both, but for the prefix.
        #expect(loaded.parameters.map(\.name.value) == other.parameters.map(\.name.value))
    }

    @Test func metricTypes() throws {
        let file = try Repository.file("usecases/cltv-dashboard/usecase.yaml")
        let useCase = try #require(UseCase.load(file: file, templates: Repository.templates).useCase)
        let expected: [String: MetricType] = [
            "revenue": .money, "apv": .money, "purchase_frequency": .number, "customer_value": .money,
            "realised_cltv": .money, "retention_rate": .ratio, "churn_rate": .ratio, "lifespan": .periods,
            "projected_cltv": .money, "repurchase_rate": .ratio, "average_gap": .duration, "median_gap": .duration,
            "cancellation_rate": .ratio, "cohort_retention": .ratio, "cohort_cltv": .money, "revenue_share": .ratio,
            "existing_buyers": .count,
        ]
        for (name, type) in expected { #expect(useCase.types[name] == type, "\(name)") }
    }

    @Test func templateLoads() throws {
        let diagnostics = Templates.check(file: try Repository.file("templates/segmentations/consent.yaml"))
        #expect(diagnostics.isEmpty, "\(rendered(diagnostics))")
    }

    @Test func projectLoads() throws {
        let file = try Repository.file("Tests/Fixtures/projects/uci-online-retail/project.yaml")
        let (project, diagnostics) = Project.load(file: file) { $0 == "TENURE_DATA" ? "/data" : nil }
        #expect(diagnostics.isEmpty, "\(rendered(diagnostics))")
        let loaded = try #require(project)
        guard case .csv(let files, let options) = loaded.sources[0].input else {
            Issue.record("not CSV")
            return
        }
        #expect(files.map(\.value) == ["/data/uci_online_retail/online_retail.csv.gz"])
        #expect(options.delimiter == .byte(UInt8(ascii: ",")))
        #expect(loaded.sources[0].customer?.transforms == [.stripSuffix(".0")])
        #expect(loaded.sources[0].event?.fold?.sum.map(\.value) == ["total_price"])
        #expect(loaded.consents.map(\.category.value) == ["newsletter", "sms"])
    }
}
