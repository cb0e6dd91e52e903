/// TN4: check, plan and deploy.
extension Code {
    package static let planning: [Code] = [
        .notDeployed, .unmetRequirements, .noDashboard, .unknownReport, .unknownDimension,
        .deploymentConflict, .damagedDeployment, .notConfirmed, .unknownDeployment,
        .damagedPlan, .stalePlan, .upgradeConflict, .scenarioFailed, .noScenarios, .unknownCustomer,
    ]

    package static let notDeployed = Code(
        "TN401", "use case not deployed",
        """
        Evaluation reads what was deployed, so that numbers change only when somebody deploys. Deploy the use case with \
        `tenure deploy`, or evaluate the definition as it stands with `--draft`.
        """)
    package static let unmetRequirements = Code(
        "TN403", "requirements not met",
        """
        The use case requires something that the project's data does not hold. `tenure check` shows each requirement with \
        its evidence; most are met by naming the project's own events, attributes and values in values.yaml.
        """)
    package static let scenarioFailed = Code(
        "TN420", "test failed",
        """
        A test of the use case expects another result than its given data have. Sums are compared exactly, quotients with as \
        many digits as the expectation has; `none` stands for a value that there is not.
        """)
    package static let noScenarios = Code(
        "TN421", "no tests",
        """
        `tenure test` looks for YAML files in the folder `tests` of the use case: given events and customers, and the \
        metrics and segments that are expected of them. There is none.
        """)
    package static let unknownCustomer = Code(
        "TN422", "no such customer",
        """
        A customer is explained by the id that was imported, letter by letter and digit by digit: `00017` and `17` are two. \
        `tenure explain USE-CASE METRIC --format csv` lists the customers behind a number.
        """)
    package static let noDashboard = Code(
        "TN404", "no dashboard",
        "The use case defines segmentations only, so there is nothing to evaluate or export. Add a `dashboard`.")
    package static let unknownReport = Code(
        "TN405", "unknown report",
        "The dashboard has no report of that id. `tenure evaluate` without `--report` shows all of them.")
    package static let unknownDimension = Code(
        "TN406", "unknown dimension",
        """
        `--by` takes a customer property, a segmentation of the use case, an attribute of the purchase, `currency`, or a \
        calendar unit (day, week, month, quarter, year). \
        The message lists those that this project has.
        """)
    package static let deploymentConflict = Code(
        "TN407", "deployment changed meanwhile",
        """
        Somebody deployed between the plan and its application, so the plan no longer says what would happen. Nothing was \
        changed; run the command again to see the new plan.
        """)
    package static let notConfirmed = Code(
        "TN409", "not confirmed",
        """
        A deployment that changes something asks first, and there was no terminal to ask on. Nothing was changed; `--yes` \
        deploys without asking.
        """)
    package static let damagedDeployment = Code(
        "TN408", "damaged deployment",
        """
        A deployed asset cannot be read back, so its numbers are not shown. Deploy the use case again; the definition in \
        the project is not affected.
        """)
    package static let unknownDeployment = Code(
        "TN410", "no such deployment",
        """
        Deployments are numbered over all use cases of a project, so a use case does not have every number. \
        `tenure history` lists those that it has.
        """)
    package static let damagedPlan = Code(
        "TN411", "not a plan",
        """
        `tenure deploy FILE` applies a plan that `tenure plan -o FILE` wrote, byte for byte. A file that was edited, cut or \
        written by something else is refused, and nothing is changed.
        """)
    package static let stalePlan = Code(
        "TN412", "stale plan",
        """
        A plan says what a deployment would do to one state: of the data, of the definition with its values, and of what \
        is deployed. One of them has changed since, so what was looked at is not what would happen. Nothing was \
        changed; make the plan again.
        """)
    package static let upgradeConflict = Code(
        "TN413", "upgrade in conflict with the project",
        """
        A new version of a use case and this project changed the same thing, each to something else; or the project sets a \
        parameter that the new version does not have; or what ships is older than what the project has. Nothing was \
        written. `tenure upgrade --keep PATH` keeps the project's side of a conflict and `--take PATH` takes the new \
        version's; a path stands for all conflicts below it. A parameter is taken out of the values by hand. As a note, it \
        says that a value of the project stands over a default that changed.
        """)
}
