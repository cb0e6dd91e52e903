import Definitions
import Deployments
import Diagnostics
import EventStores
import HTTPTypes
import Plans
import Projects
import Quantities
import Queries
import Views

/// The Use Case Center: what there is, how the data meets it, its parameters, what a deployment would do, and all that
/// were made. What changes something is a form; what it would do is shown first.
struct UseCasePages: Sendable {
    private let parts: SiteParts
    private let pages: Pages

    init(_ parts: SiteParts, _ pages: Pages) {
        self.parts = parts
        self.pages = pages
    }

    func add(to routes: inout RouteTable) {
        routes.add(.get, "/app/use-cases") { request, _ in
            try request.checkNoParameters()
            return try await list()
        }
        routes.add(.get, "/app/use-cases/{useCase}") { try await detail($0, $1["useCase"] ?? "") }
        routes.add(.post, "/app/use-cases/{useCase}/preview") { try await preview($0, $1["useCase"] ?? "") }
        routes.add(.post, "/app/use-cases/{useCase}/save") { try await save($0, $1["useCase"] ?? "") }
        routes.add(.get, "/app/use-cases/{useCase}/plan") { request, names in
            try request.checkNoParameters()
            return try await plan(names["useCase"] ?? "")
        }
        routes.add(.post, "/app/use-cases/{useCase}/deploy") { try await deploy($0, $1["useCase"] ?? "") }
        routes.add(.get, "/app/use-cases/{useCase}/rollback") { try await rollbackPlan($0, $1["useCase"] ?? "") }
        routes.add(.post, "/app/use-cases/{useCase}/rollback") { try await rollback($0, $1["useCase"] ?? "") }
    }

    /// Answers by a worker; what is wrong with typed values is the sender's to mend.
    private func answered(_ work: @escaping @Sendable () throws -> Answer) async throws -> Answer {
        try await parts.live.workers.run {
            do {
                return try work()
            } catch let list as DiagnosticList {
                let messages = list.diagnostics.map(\.message).reduce(into: [String]()) {
                    if !$0.contains($1) { $0.append($1) }
                }
                throw Problem(
                    .badRequest, messages.joined(separator: "; "), code: list.diagnostics.first?.code.id,
                    hints: list.diagnostics.first?.hints ?? [])
            }
        }
    }

    /// As `answered`, one change at a time.
    private func changed(_ work: @escaping @Sendable () throws -> Answer) async throws -> Answer {
        let lock = parts.changing
        return try await answered { try lock.run(work) }
    }

    private func page(_ useCase: String) -> String { "/app/use-cases/\(PercentEncoding.encode(useCase))" }

    // MARK: - What there is

    private func list() async throws -> Answer {
        let frame = await parts.frame("/app/use-cases")
        let folder = parts.live.folder
        return try await parts.live.workers.run {
            let center = try UseCaseCenter(folder, ValuesSelection())
            let items = try center.files.map { file -> [String: Any] in
                let entry = try center.entry(file)
                return [
                    "id": entry.id, "address": page(entry.id), "title": entry.title, "version": entry.version,
                    "from": entry.isProjects ? "of this project" : "shipped", "requirements": entry.requirements.text,
                    "deployed": entry.deployment.map { "deployment \($0.number)" } ?? "not deployed",
                    "isDeployed": entry.deployment != nil,
                ]
            }
            return pages.answer("use-cases", title: "Use cases", ["useCases": items], frame: frame)
        }
    }

    private func detail(_ request: WebRequest, _ id: String) async throws -> Answer {
        let frame = await parts.frame("/app/use-cases")
        let folder = parts.live.folder
        var reader = ParameterReader(request.query)
        let done = reader.word("done", among: ["saved", "deployed", "rolled-back"])
        try reader.finish()
        return try await parts.live.workers.run {
            let filled = try folder.useCase(id, ValuesSelection())
            let project = try folder.project()
            // Damage is an error; nothing imported is none.
            let data = try folder.dataIfAny(of: project, threads: Machine.threads)
            let results = try data.map { data in
                try RequirementCheck(folder: folder, project: project, data: data).results(filled)
            }
            let history = try folder.deployments().history(useCase: id)
            let current = history.last.flatMap { $0.isDestruction ? nil : $0 }
            let drift = try current.map { try Drift($0, files: Blueprint(filled)) }
            var content: [String: Any] = [
                "page": page(id), "id": id, "title": filled.title, "version": filled.version,
                "description": filled.description, "hasData": data != nil,
                "requirements": (results ?? []).map(UseCasePages.requirement),
                "isBlocked": (results ?? []).contains(where: \.isBlocking),
                "setup": SetupForm(filled, folder).groups,
                "assets": Blueprint(filled).assets.map { asset -> [String: Any] in
                    [
                        "id": asset.id, "name": asset.name,
                        "kind": asset.kind.rawValue.replacing("_", with: " "), "yaml": asset.yaml,
                    ]
                },
                "hasHistory": !history.isEmpty,
                "history": HistoryView(history, zone: project.timezone.value).markup.text,
                "versions": UseCasePages.versions(history), "hasVersions": history.count > 1,
                "isDeployed": current != nil, "hasDrift": drift?.isThere ?? false,
            ]
            if let current { content["deployment"] = String(current.number) }
            if let dashboard = filled.dashboard, current != nil {
                content["dashboard"] = "/app/dashboards/\(dashboard.id.value)"
            }
            if let done { content["done"] = done }
            return pages.answer("use-case", title: filled.title, content, frame: frame)
        }
    }

    private static func requirement(_ result: RequirementResult) -> [String: Any] {
        let (mark, word) =
            switch result.status {
            case .matched: ("✓", "met")
            case .default: ("○", "by default")
            case .missing: ("✗", "missing")
            }
        return [
            "mark": mark, "word": word, "status": result.status.rawValue, "level": result.level.rawValue,
            "subject": result.subject, "evidence": result.evidence,
            "hints": result.status == .matched ? [] : result.hints,
        ]
    }

    /// Deployments that can be gone back to, the newest first.
    private static func versions(_ history: [Deployment]) -> [[String: Any]] {
        let latest = history.last
        return history.dropLast().reversed().filter { !$0.isDestruction && $0.blueprint != latest?.blueprint }.map {
            ["number": String($0.number), "version": $0.blueprint.version, "hash": $0.blueprint.hash]
        }
    }

    // MARK: - Parameters

    private func preview(_ request: WebRequest, _ id: String) async throws -> Answer {
        let form = try request.form()
        let frame = await parts.frame("/app/use-cases")
        let folder = parts.live.folder
        return try await answered {
            let filled = try folder.useCase(id, ValuesSelection())
            let change = try SetupForm(filled, folder).change(form)
            let after = try folder.useCase(id, after: change)
            let outlook = try Outlook(folder, after)
            var content = outlook.content
            content["page"] = page(id)
            content["title"] = filled.title
            content["diff"] = TextDiff.markup(change.before.text, change.after.text).text
            content["hasDiff"] = !change.isEmpty
            content["fields"] = SetupForm.fields(form)
            content["before"] = hexadecimalChecksum(Array(change.before.text.utf8))
            return pages.answer("preview", title: "Preview: \(filled.title)", content, frame: frame)
        }
    }

    /// Writes `values.yaml`, and with `deploy` deploys what it makes.
    private func save(_ request: WebRequest, _ id: String) async throws -> Answer {
        let form = try request.form()
        let folder = parts.live.folder
        return try await changed {
            let filled = try folder.useCase(id, ValuesSelection())
            let change = try SetupForm(filled, folder).change(form)
            guard form["before"] == hexadecimalChecksum(Array(change.before.text.utf8)) else {
                throw Problem(.conflict, "values.yaml was changed since the preview; nothing was written")
            }
            // Mistakes show before anything is written.
            let after = try folder.useCase(id, after: change)
            let outlook = try Outlook(folder, after)
            let deploys = form["deploy"] != nil
            try outlook.demand(form, deploys: deploys)
            if !change.isEmpty { try folder.write(change) }
            guard deploys else { return .redirect(page(id) + "?done=saved") }
            do {
                try outlook.apply(folder)
            } catch {
                // Both or none: another deployment came between.
                if !change.isEmpty { try folder.write(change.reversed) }
                throw error
            }
            return .redirect(page(id) + "?done=deployed")
        }
    }

    // MARK: - Plan, deploy, roll back

    private func plan(_ id: String) async throws -> Answer {
        let frame = await parts.frame("/app/use-cases")
        let folder = parts.live.folder
        return try await parts.live.workers.run {
            let filled = try folder.useCase(id, ValuesSelection())
            var content = try Outlook(folder, filled).content
            content["page"] = page(id)
            content["title"] = filled.title
            content["action"] = "deploy"
            content["button"] = "Deploy"
            return pages.answer("plan", title: "Plan: \(filled.title)", content, frame: frame)
        }
    }

    private func deploy(_ request: WebRequest, _ id: String) async throws -> Answer {
        let form = try request.form()
        let folder = parts.live.folder
        return try await changed {
            let outlook = try Outlook(folder, try folder.useCase(id, ValuesSelection()))
            try outlook.demand(form, deploys: true)
            try outlook.apply(folder)
            return .redirect(page(id) + "?done=deployed")
        }
    }

    private func rollbackPlan(_ request: WebRequest, _ id: String) async throws -> Answer {
        let frame = await parts.frame("/app/use-cases")
        let folder = parts.live.folder
        var reader = ParameterReader(request.query)
        let number = reader.integer("to")
        try reader.finish()
        return try await parts.live.workers.run {
            let target = try folder.rollbackTarget(id, number: number)
            var content = try Outlook(folder, target.blueprint).content
            content["page"] = page(id)
            content["title"] = target.blueprint.title
            content["action"] = "rollback"
            content["button"] = "Go back to deployment \(target.number)"
            content["number"] = String(target.number)
            return pages.answer("plan", title: "Roll back: \(target.blueprint.title)", content, frame: frame)
        }
    }

    private func rollback(_ request: WebRequest, _ id: String) async throws -> Answer {
        let form = try request.form()
        let folder = parts.live.folder
        var reader = ParameterReader(form)
        let number = reader.integer("number")
        _ = reader.value("seal")
        try reader.finish()
        return try await changed {
            let target = try folder.rollbackTarget(id, number: number)
            let outlook = try Outlook(folder, target.blueprint)
            try outlook.demand(form, deploys: true)
            try outlook.apply(folder)
            return .redirect(page(id) + "?done=rolled-back")
        }
    }
}

/// What a deployment would do, and what a form that asks for it must have seen.
private struct Outlook {
    private let plan: DeploymentPlan
    private let rollout: ViewRollout?
    private let consequences: PlanConsequences?
    private let missing: [RequirementResult]
    private let generation: Int

    /// Of a definition with its values.
    init(_ folder: ProjectFolder, _ useCase: UseCase) throws {
        let project = try folder.project()
        let data = try folder.data(of: project, threads: Machine.threads)
        let check = RequirementCheck(folder: folder, project: project, data: data)
        // Views stay where they were deployed.
        let deployed = try folder.deployments().latest(useCase: useCase.id.value)
        try self.init(
            folder, Blueprint(useCase).withViews(deployed?.blueprint.hasViews ?? false), useCase,
            missing: try check.results(useCase).filter(\.isBlocking),
            generation: data.generation)
    }

    /// Of what an earlier deployment had.
    init(_ folder: ProjectFolder, _ blueprint: Blueprint) throws {
        try self.init(
            folder, blueprint, try Deployment.definition(of: blueprint), missing: [],
            generation: try folder.generation() ?? 0)
    }

    private init(
        _ folder: ProjectFolder, _ blueprint: Blueprint, _ useCase: UseCase, missing: [RequirementResult],
        generation: Int
    ) throws {
        let latest = try folder.deployments().latest(useCase: blueprint.useCase)
        plan = try DeploymentPlan(blueprint, over: latest.map { ($0.number, $0.blueprint) })
        // What is missing is said first: views could not be made of it.
        rollout = missing.isEmpty ? try ViewRollout(folder, plan, over: latest) : nil
        consequences = try folder.consequences(plan, from: latest, to: useCase)
        self.missing = missing
        self.generation = generation
    }

    /// What tells this plan from others: what is deployed, and what would be.
    private var seal: String { "\(plan.base ?? 0)-\(plan.blueprint.hash)" }

    var content: [String: Any] {
        [
            "plan": PlanView(plan, consequences: consequences).markup.text, "remarks": rollout?.remarks ?? [],
            "hasChanges": plan.hasChanges, "canDeploy": plan.hasChanges || rollout?.remade.isEmpty == false,
            "seal": seal, "isBlocked": !missing.isEmpty,
            "missing": missing.map { ["subject": $0.subject, "evidence": $0.evidence.joined(separator: "; ")] },
        ]
    }

    /// - Throws: `Problem` where the form was made for another plan, or something required is missing.
    func demand(_ form: QueryString, deploys: Bool) throws {
        if deploys, !missing.isEmpty {
            throw Problem(
                .conflict, "something required is missing: \(missing.map(\.subject).joined(separator: ", "))")
        }
        guard form["seal"] == seal else {
            throw Problem(
                .conflict,
                "the definition or what is deployed has changed since the plan was shown; nothing was deployed")
        }
    }

    func apply(_ folder: ProjectFolder) throws {
        if try folder.apply(plan, rollout, generation: generation) == nil, let rollout {
            // Where no definition has changed, what views are made from may have.
            try rollout.make(rollout.remade)
        }
    }
}
