import Testing

/// The worked cases of the semantics that are about consents and segments.
@Suite struct CustomerCases {
    private func subscriptions(_ consents: String) throws -> TenureProject {
        try Probe(
            metrics: "  buyers: {measure: buyers, scope: history}",
            reports: """
                    - {table: email, title: E-mail, by: {segmentation: email}, metrics: [buyers]}
                """,
            orders: """
                customer,id,at,status,amount
                a,1,2025-12-01,success,10
                """,
            consents: "customer,at,category,action,valid_until\n" + consents,
            segmentations: """
                customer_segmentations:
                  - id: email
                    name: E-mail
                    segments:
                      - {name: Subscribers, when: {consent: newsletter, is: valid}}
                    remainder: Others
                """
        ).deployed()
    }

    /// Whether the one customer is subscribed.
    private func isSubscribed(_ project: TenureProject, at asOf: String) throws -> Bool {
        let report = try project.evaluate("--as-of", asOf).report("email")
        #expect(report.total == ["buyers": 1])
        let isSubscribed = try report.row("Subscribers") == ["buyers": 1]
        // The one customer is in exactly one of the two.
        #expect(
            report.byLabel == [
                "Subscribers": ["buyers": isSubscribed ? 1 : 0], "Others": ["buyers": isSubscribed ? 0 : 1],
            ])
        return isSubscribed
    }

    @Test func aConsentExpiresAtItsInstant() throws {
        let project = try subscriptions("a,2026-01-01,newsletter,accept,2026-01-31T00:00:00Z")
        #expect(try isSubscribed(project, at: "2026-01-30"))
        #expect(try isSubscribed(project, at: "2026-01-30T23:59:59.999999Z"))
        #expect(try !isSubscribed(project, at: "2026-01-31T00:00:00Z"))
        #expect(try !isSubscribed(project, at: "2026-02-01"))
    }

    @Test func anUnknownActionRevokesWithAWarning() throws {
        let project = try subscriptions(
            "a,2026-01-01,newsletter,accept,unlimited\na,2026-01-10,newsletter,Accept,unlimited")
        #expect(try isSubscribed(project, at: "2026-01-09"))
        #expect(try project.evaluate("--as-of", "2026-01-09").warnings == [])
        #expect(try !isSubscribed(project, at: "2026-01-11"))
        #expect(
            try project.evaluate("--as-of", "2026-01-11").warnings
                == ["1 consent event with an unknown action: read as a withdrawal."])
    }

    @Test func theNewestConsentWinsInWhateverOrderTheyArrive() throws {
        let project = try subscriptions("a,2026-01-05,newsletter,reject,\na,2026-01-01,newsletter,accept,unlimited")
        #expect(try isSubscribed(project, at: "2026-01-04"))
        #expect(try !isSubscribed(project, at: "2026-01-06"))
    }

    @Test func atTheSameInstantARejectWins() throws {
        let project = try subscriptions("a,2026-01-05,newsletter,reject,\na,2026-01-05,newsletter,accept,unlimited")
        #expect(try !isSubscribed(project, at: "2026-01-06"))
    }

    /// No segmentation names the consent; metrics and reports do.
    @Test func consentsCanFilterMetricsAndReports() throws {
        let project = try Probe(
            metrics: """
                  buyers: {measure: buyers}
                  subscribers: {measure: buyers, filter: {consent: newsletter, is: valid}}
                """,
            reports: """
                    - {kpi: headline, title: Headline, metrics: [buyers, subscribers]}
                    - {kpi: mailed, title: Mailed, metrics: [buyers], filter: {consent: sms, is: valid}}
                """,
            orders: """
                customer,id,at,status,amount
                a,1,2025-12-01,success,10
                b,2,2025-12-01,success,10
                c,3,2025-12-01,success,10
                """,
            consents: """
                customer,at,category,action,valid_until
                a,2025-11-01,newsletter,accept,unlimited
                a,2025-11-01,sms,accept,unlimited
                b,2025-11-01,sms,accept,unlimited
                """
        ).deployed()
        let result = try project.evaluate("--all-time")
        #expect(try result.report("headline").total == ["buyers": 3, "subscribers": 1])
        #expect(try result.report("mailed").total == ["buyers": 2])
    }

    @Test func theFirstMatchingSegmentTakesTheCustomer() throws {
        let project = try Probe(
            metrics: "  buyers: {measure: buyers}\n  revenue: {measure: revenue}",
            reports: """
                    - {table: value, title: Value, by: {segmentation: value}, metrics: [buyers, revenue]}
                """,
            orders: """
                customer,id,at,status,amount
                both,1,2026-01-01,success,100
                second,2,2026-01-01,success,60
                second,3,2026-01-02,success,5
                neither,4,2026-01-01,success,1
                never,5,2026-01-01,canceled,1000
                """,
            segmentations: """
                customer_segmentations:
                  - id: value
                    name: Value
                    segments:
                      - {name: High, when: {aggregate: revenue, at_least: 100}}
                      - {name: Middle, when: {aggregate: revenue, at_least: 50}}
                    remainder: Rest
                """
        ).deployed()
        let report = try project.evaluate("--all-time").report("value")
        #expect(report.labels == ["High", "Middle", "Rest"])
        #expect(
            report.byLabel == [
                "High": ["buyers": 1, "revenue": 100], "Middle": ["buyers": 1, "revenue": 65],
                "Rest": ["buyers": 1, "revenue": 1],
            ])
        #expect(report.total == ["buyers": 3, "revenue": 166])
    }
}
