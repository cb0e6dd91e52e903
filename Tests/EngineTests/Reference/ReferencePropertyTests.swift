import Quantities
import Queries
import Testing

/// What has to hold for the reference evaluator on any data. A failure names the seed; `TENURE_SEED` repeats it.
@Suite struct ReferenceProperties {
    private func answer(_ project: RawProject, _ evaluation: Evaluation) throws -> EvaluationAnswer {
        try ReferenceEvaluator(project).answer(evaluation)
    }

    @Test func everyRandomCaseIsAnsweredAndEveryMeasureMatters() throws {
        var seen: Set<String> = []
        for seed in UInt64(0)..<150 {
            let random = RandomCase(seed: seed)
            let answer = try answer(random.project.raw, random.evaluation)
            for (query, measurement) in zip(random.evaluation.queries, answer.measurements) {
                for (index, measure) in query.measures.enumerated() {
                    let values = measurement.groups.map { $0.values[index] } + [measurement.total[index]]
                    let isSomething = values.contains { $0 != ReferenceRun.nothing(measure.kind) }
                    if isSomething { seen.insert(name(of: measure.kind)) }
                }
            }
            for finding in answer.quality { seen.insert(finding.kind.rawValue) }
        }
        // No engine says that a model was refused.
        let findings = QualityFinding.Kind.allCases.filter { $0 != .noForecast }
        for kind in findings { #expect(seen.contains(kind.rawValue)) }
        #expect(seen.count == findings.count + 17)
    }

    private func name(of kind: Measure.Kind) -> String {
        String("\(kind)".prefix { $0 != "(" })
    }

    /// A policy that changes no random answer would not be tested by comparing answers.
    @Test func everyPolicyMatters() throws {
        let changes: [(name: String, change: (inout Evaluation) -> Void)] = [
            ("revenue basis", { $0.semantics.revenueBasis = $0.semantics.revenueBasis == .net ? .gross : .net }),
            ("refund dating", { $0.semantics.refundDating = $0.semantics.refundDating == .order ? .refund : .order }),
            ("consent", { $0.semantics.consentAsOf = $0.semantics.consentAsOf == .now ? .atPurchase : .now }),
            ("fx", { $0.semantics.fx = $0.semantics.fx == .asOf ? .eventDate : .asOf }),
            ("zero", { $0.purchases.zeroAmount = $0.purchases.zeroAmount == .count ? .ignore : .count }),
            ("exclude", { $0.purchases.exclude = nil }),
            ("refunds", { $0.purchases.refunds = nil }),
            ("links", { $0.purchases.charges?.links = [] }),
            ("as of", { $0.semantics.asOf = Instant(microseconds: $0.semantics.asOf.microseconds - 1) }),
            ("timezone", { $0.semantics.timezone = "Asia/Tokyo" }),
            ("attribution", { $0.semantics.attribution = .period }),
        ]
        func measurements(_ random: RandomCase, _ evaluation: Evaluation) throws -> EvaluationAnswer {
            let answer = try answer(random.project.raw, evaluation)
            return EvaluationAnswer(measurements: answer.measurements, quality: [])
        }
        let cases = try (UInt64(0)..<150).map { seed in
            let random = RandomCase(seed: seed)
            return (random: random, before: try measurements(random, random.evaluation))
        }
        for (name, change) in changes {
            var matters = false
            for (random, before) in cases where !matters {
                var changed = random.evaluation
                change(&changed)
                matters = try !differences(before, measurements(random, changed)).isEmpty
            }
            #expect(matters, "\(name) changes nothing in any random case")
        }
    }

    /// Conditions on quantiles that change no random answer would not be tested by comparing answers.
    @Test func quantilesMatter() throws {
        /// The predicate with everybody on the other side.
        func turned(_ predicate: Predicate) -> Predicate {
            switch predicate {
            case .all(let parts): .all(parts.map(turned))
            case .any(let parts): .any(parts.map(turned))
            case .not(let part): .not(turned(part))
            case .test(let subject, .aboveQuantile(let share)): .test(subject, .atMostQuantile(share))
            case .test(let subject, .atMostQuantile(let share)): .test(subject, .aboveQuantile(share))
            case .test: predicate
            }
        }
        var (answers, segments) = (0, 0)
        for seed in UInt64(0)..<150 {
            let random = RandomCase(seed: seed)
            var evaluation = random.evaluation
            var changed = evaluation
            for index in changed.customerSegmentations.indices {
                for segment in changed.customerSegmentations[index].segments.indices {
                    let when = changed.customerSegmentations[index].segments[segment].when
                    changed.customerSegmentations[index].segments[segment].when = turned(when)
                }
            }
            for index in changed.queries.indices {
                changed.queries[index].filter = changed.queries[index].filter.map(turned)
            }
            if changed == evaluation { continue }
            func differ() throws -> Bool {
                try !differences(
                    answer(random.project.raw, evaluation), answer(random.project.raw, changed)
                ).isEmpty
            }
            if try differ() { answers += 1 }
            evaluation.queries = evaluation.customerSegmentations.map {
                Query(
                    id: $0.id, groupBy: [.segmentation($0.id)],
                    measures: [Measure("buyers", .buyers, scope: .history)], columns: [])
            }
            changed.queries = evaluation.queries
            if try differ() { segments += 1 }
        }
        #expect(answers >= 10 && segments >= 40, "answers of \(answers), segments of \(segments) of 150 cases")
    }

    @Test(arguments: Seeds.first(40)) func sameSeedSameCase(seed: UInt64) throws {
        let (first, second) = (RandomCase(seed: seed), RandomCase(seed: seed))
        #expect(first.project.raw.events == second.project.raw.events)
        #expect(first.evaluation == second.evaluation)
    }

    @Test(arguments: Seeds.first(60)) func eventOrderDoesNotMatter(seed: UInt64) throws {
        let random = RandomCase(seed: seed, distinctTimes: true)
        var other = SplitMix64(seed: ~seed)
        let left = try answer(random.project.raw, random.evaluation)
        let right = try answer(random.project.shuffled(using: &other), random.evaluation)
        #expect(differences(left, right) == [], "seed \(seed)")
    }

    @Test(arguments: Seeds.first(60)) func segmentsPartitionThePopulation(seed: UInt64) throws {
        let random = RandomCase(seed: seed)
        var evaluation = random.evaluation
        evaluation.semantics.consentAsOf = .now
        let measures = [
            Measure("buyers", .buyers, scope: .history), Measure("purchases", .purchases, scope: .history),
            Measure("revenue", .revenue, scope: .history),
        ]
        evaluation.queries =
            evaluation.customerSegmentations.map {
                Query(id: $0.id, groupBy: [.segmentation($0.id)], measures: measures, columns: [])
            }
            + evaluation.eventSegmentations.map {
                Query(
                    id: $0.id, groupBy: [.eventSegmentation($0.id)], measures: Array(measures.dropFirst()), columns: [])
            }
        for measurement in try answer(random.project.raw, evaluation).measurements {
            let sum = measurement.groups.map(\.values).reduce(nothing(like: measurement.total), added)
            #expect(sum == measurement.total, "seed \(seed), \(measurement.query)")
        }
    }

    @Test(arguments: Seeds.first(60)) func customersCanBeSplit(seed: UInt64) throws {
        let random = RandomCase(seed: seed, quantiles: false)
        var evaluation = random.evaluation
        for index in evaluation.queries.indices {
            evaluation.queries[index].measures.removeAll { measure in
                if case .gapQuantile = measure.kind { return true }
                return false
            }
        }
        let whole = try answer(random.project.raw, evaluation)
        var left = random.project.raw
        var right = left
        func isLeft(_ id: RawText) -> Bool { (id.bytes.last ?? 0) % 2 == 0 }
        left.customers.removeAll { !isLeft($0.id) }
        left.events.removeAll { !isLeft($0.customer) }
        right.customers.removeAll { isLeft($0.id) }
        right.events.removeAll { isLeft($0.customer) }
        let merged = merge(try answer(left, evaluation), try answer(right, evaluation))
        #expect(differences(whole, merged) == [], "seed \(seed)")
    }

    // MARK: Sums of answers

    private func merge(_ left: EvaluationAnswer, _ right: EvaluationAnswer) -> EvaluationAnswer {
        var result = left
        for index in left.measurements.indices {
            let (a, b) = (left.measurements[index], right.measurements[index])
            result.measurements[index].total = added(a.total, b.total)
            result.measurements[index].groups = merge(a.groups + b.groups)
            result.measurements[index].cohorts = merge(a.cohorts + b.cohorts)
        }
        var counts: [Finding: Int] = [:]
        for finding in left.quality + right.quality {
            counts[Finding(kind: finding.kind, detail: finding.detail.map { RawText($0) }), default: 0] += finding.count
        }
        result.quality = counts.map { QualityFinding($0.key.kind, count: $0.value, detail: $0.key.detail?.string) }
        return result
    }

    private func merge(_ groups: [Measurement.Group]) -> [Measurement.Group] {
        var sums: [ReferenceGroup: [MeasureValue]] = [:]
        for group in groups {
            let key = ReferenceGroup(keys: group.keys)
            sums[key] = added(sums[key] ?? nothing(like: group.values), group.values)
        }
        return sums.map { Measurement.Group(keys: $0.key.keys, values: $0.value) }
    }

    private func nothing(like values: [MeasureValue]) -> [MeasureValue] {
        values.map { value in
            switch value {
            case .count: .count(0)
            case .money: .money(.zero)
            case .duration: .duration(0)
            case .quantile: .quantile(nil)
            }
        }
    }

    private func added(_ left: [MeasureValue], _ right: [MeasureValue]) -> [MeasureValue] {
        zip(left, right).map { pair in
            switch pair {
            case (.count(let a), .count(let b)): .count(a + b)
            case (.money(let a), .money(let b)): .money(a + b)
            case (.duration(let a), .duration(let b)): .duration(a + b)
            default: preconditionFailure("not additive")
            }
        }
    }
}
