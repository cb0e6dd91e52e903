import Engine
import Quantities
import Queries
import Spark
import Testing

/// Segmentations that no query and no question about buyers names are asked of nobody, and have to make sense all the same;
/// on Spark as in the embedded engine.
@Suite struct UnaskedSegmentations {
    /// One order has no rate.
    private var project: SampleProject {
        var project = SampleProject()
        project.customer("a", country: "CZ")
        project.purchase("a", "1", "2026-01-10", "100")
        project.purchase("b", "2", "2026-01-10", "95", ["currency": "EUR"])
        return project
    }

    private static let purchases = Measure("purchases", .purchases)
    private static let rich = Predicate.test(.aggregate(.revenue), .aboveQuantile(decimal("0.5")))
    private static let missing = QueryError.missingRate(currency: "EUR", date: "2026-01-10", display: "USD")

    private static func segmentation(_ id: String, _ when: Predicate) -> CustomerSegmentation {
        CustomerSegmentation(id: id, name: "", segments: [Segment(name: "yes", when: when)], remainder: "no")
    }

    private static func evaluation(_ segmentations: [CustomerSegmentation]) -> Evaluation {
        Evaluation(
            semantics: Semantics(
                asOf: instant("2026-12-31"), window: Window(from: instant("2026-01-01"), to: instant("2027-01-01")),
                displayCurrency: "USD"),
            purchases: SampleProject.definition, eventSegmentations: SampleProject.eventSegmentations,
            customerSegmentations: segmentations, queries: [Query(id: "q", measures: [purchases], columns: [])])
    }

    private func each(_ check: (any QueryEngine) throws -> Void) throws {
        try check(EmbeddedEngine(store: try project.raw.makeStore(), threads: 1))
        if let session = TestSpark.session { try check(SparkEngine(session, project.raw.sparkTables)) }
    }

    private static func trace(_ evaluation: Evaluation, _ engine: any QueryEngine) throws -> QueryTrace {
        try engine.trace(evaluation, query: "q", measures: ["purchases"], in: .everything, limit: 10)
    }

    @Test func areMissingForNobody() throws {
        let rich = UnaskedSegmentations.segmentation("rich", UnaskedSegmentations.rich)
        let referring = UnaskedSegmentations.segmentation("referring", .test(.segmentation("rich"), .isIn(["yes"])))
        let plain = UnaskedSegmentations.segmentation("plain", .test(.property("country"), .isIn(["CZ"])))
        var evaluation = UnaskedSegmentations.evaluation([referring, rich, plain])
        evaluation.queries[0].groupBy = [.segmentation("plain")]
        try each { engine in
            let answer = try engine.answer(evaluation)
            #expect(answer.measurements[0].total == [.count(2)] && answer.measurements[0].groups.count == 2)
            #expect(try UnaskedSegmentations.trace(evaluation, engine).bookings.count == 2)
        }
    }

    /// By whatever names them.
    @Test func areAskedByName() throws {
        let rich = UnaskedSegmentations.segmentation("rich", UnaskedSegmentations.rich)
        let isRich = Predicate.test(.segmentation("rich"), .isIn(["yes"]))
        let referring = UnaskedSegmentations.segmentation("referring", isRich)
        let plain = UnaskedSegmentations.evaluation([referring, rich])
        func changed(_ change: (inout Evaluation) -> Void) -> Evaluation {
            var evaluation = plain
            change(&evaluation)
            return evaluation
        }
        let asking = [
            changed { $0.queries[0].groupBy = [.segmentation("rich")] },
            changed { $0.queries[0].groupBy = [.segmentation("referring")] },
            changed { $0.queries[0].filter = .not(isRich) },
            changed { $0.queries[0].measures[0].filter = isRich },
            changed { $0.queries[0].filter = .test(.segmentation("referring"), .isIn(["yes"])) },
        ]
        try each { engine in
            for evaluation in asking {
                #expect(throws: UnaskedSegmentations.missing) { try engine.answer(evaluation) }
                #expect(throws: UnaskedSegmentations.missing) { try UnaskedSegmentations.trace(evaluation, engine) }
            }
            #expect(throws: UnaskedSegmentations.missing) { try engine.memberships(plain) }
        }
    }

    /// Of buyers, whatever `consent_as_of` says.
    @Test func ofBuyers() throws {
        var project = SampleProject()
        project.purchase("a", "1", "2026-01-10", "100")
        project.purchase("b", "2", "2026-01-10", "95")
        let engine = EmbeddedEngine(store: try project.raw.makeStore(), threads: 1)
        let rich = UnaskedSegmentations.segmentation("rich", UnaskedSegmentations.rich)
        let plain = UnaskedSegmentations.segmentation("plain", .test(.property("country"), .exists))
        for consentAsOf in ConsentAsOf.allCases {
            var evaluation = UnaskedSegmentations.evaluation([plain, rich])
            evaluation.semantics.consentAsOf = consentAsOf
            evaluation.buyers = [BuyerQuestion(segmentations: ["rich"], isByCustomer: true)]
            func check(_ engine: any QueryEngine) throws {
                let found = try engine.answer(evaluation).buyers[0]
                #expect(Set(found.segments.keys) == ["rich"])
                let ids = try engine.customerIDs(found.customers)
                #expect(Dictionary(uniqueKeysWithValues: zip(ids, found.segments["rich"] ?? [])) == ["a": 0, "b": 1])
            }
            try check(engine)
            if let session = TestSpark.session { try check(SparkEngine(session, project.raw.sparkTables)) }
        }
    }

    @Test func haveToMakeSense() throws {
        let share = decimal("1.5")
        let wrong: [Predicate] = [
            .test(.property("nowhere"), .exists), .test(.segmentation("nowhere"), .isIn(["yes"])),
            .test(.consent("nowhere"), .valid), .test(.segmentation("wrong"), .isIn(["yes"])),
            .test(.aggregate(.purchases), .aboveQuantile(share)),
        ]
        var project = SampleProject()
        project.customer("a", country: "CZ")
        project.purchase("a", "1", "2026-01-10", "100")
        func check(_ engine: any QueryEngine) throws {
            #expect(try engine.buyerSummaries(UnaskedSegmentations.evaluation([]), BuyerQuestion()).indices.count == 1)
            for predicate in wrong {
                let evaluation = UnaskedSegmentations.evaluation([
                    UnaskedSegmentations.segmentation("wrong", predicate)
                ])
                #expect(throws: QueryError.self, "\(predicate)") { try engine.answer(evaluation) }
                #expect(throws: QueryError.self, "\(predicate)") {
                    try UnaskedSegmentations.trace(evaluation, engine)
                }
                #expect(throws: QueryError.self, "\(predicate)") {
                    try engine.buyerSummaries(evaluation, BuyerQuestion())
                }
            }
        }
        try check(EmbeddedEngine(store: try project.raw.makeStore(), threads: 1))
        if let session = TestSpark.session { try check(SparkEngine(session, project.raw.sparkTables)) }
    }

    /// A model is fitted where a condition that is asked wants it.
    @Test func modelsAreNotAsked() {
        let predicted = UnaskedSegmentations.segmentation(
            "predicted", .test(.aggregate(.expectedValue), .atLeast(decimal("1"))))
        var evaluation = UnaskedSegmentations.evaluation([predicted])
        #expect(evaluation.asksPredictions && !evaluation.askedAlone.asksPredictions)
        evaluation.queries[0].groupBy = [.segmentation("predicted")]
        #expect(evaluation.askedAlone.asksPredictions)
    }
}
