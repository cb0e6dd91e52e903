// swift-tools-version: 6.2
import PackageDescription

/// Every module is compiled in Swift 6 mode with the same strict settings.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .strictMemorySafety(),
]

let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")

/// One line a module: its name and the modules it may import. The arrows point left or up only;
/// `swift build --explicit-target-dependency-import-check error` holds the code to them.
func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name + "Tests", dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

let package = Package(
    name: "tenure",
    products: [.executable(name: "tenure", targets: ["tenure"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        module("Quantities"),
        module("Diagnostics"),
        module("Definitions", ["CLibYAML", "Diagnostics", "Quantities"]),
        module("Queries", ["Quantities"]),
        module("Catalogs", ["Quantities", "Diagnostics", grdb]),
        module("EventStores", ["Catalogs", "Queries", "Quantities", "Diagnostics", grdb]),
        module("Imports", ["Definitions", "EventStores", "Diagnostics", "Quantities", "CZlib", grdb]),
        module("Engine", ["Queries", "EventStores", "Quantities"]),
        module("Plans", ["Definitions", "Queries", "Diagnostics", "Quantities"]),
        module("Scenarios", ["Plans", "Definitions", "EventStores", "Queries", "Diagnostics", "Quantities"]),
        module("Suggestions", ["Imports", "Definitions", "Queries", "Diagnostics", "Quantities"]),
        module("Deployments", ["Catalogs", "Plans", "Definitions", "Queries", "Diagnostics", "Quantities", grdb]),
        module(
            "Projects",
            [
                "Deployments", "Plans", "Definitions", "Imports", "EventStores", "Queries", "Diagnostics", "Quantities",
            ]),
        module(
            "Views",
            [
                "Projects", "Deployments", "Scenarios", "Suggestions", "Plans", "Definitions", "Imports", "EventStores", "Queries",
                "Diagnostics", "Quantities",
            ]),
        .executableTarget(
            name: "tenure",
            dependencies: [
                "Views", "Projects", "Deployments", "Scenarios", "Suggestions", "Plans", "Engine", "Imports",
                "EventStores", "Queries", "Definitions", "Diagnostics", "Quantities",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict
        ),

        // Not in a product: `make bench` builds it. See Benchmarks/README.md.
        .executableTarget(
            name: "tenure-benchmarks",
            dependencies: [
                "Plans", "Engine", "Imports", "EventStores", "Queries", "Definitions", "Diagnostics", "Quantities",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Benchmarks/TenureBenchmarks",
            swiftSettings: strict
        ),

        tests("Quantities", ["Quantities"]),
        tests("Queries", ["Queries", "Quantities"]),
        tests("Definitions", ["Definitions", "Diagnostics", "Quantities"], exclude: ["Goldens"]),
        tests("Imports", ["Imports", "Definitions", "EventStores", "Diagnostics", "Quantities", "CZlib", grdb]),
        tests("EventStores", ["EventStores", "Queries", "Quantities", "Diagnostics"]),
        tests("Engine", ["Engine", "EventStores", "Queries", "Quantities"]),
        tests("Deployments", ["Deployments", "Plans", "Definitions", "Diagnostics", "Quantities"]),
        tests("Views", ["Views", "Queries", "Diagnostics", "Quantities"], exclude: ["Goldens"]),
        tests("Documentation", ["tenure", "Imports", "EventStores", "Definitions", "Diagnostics", "Quantities", grdb]),
        tests("Flow", ["tenure", "Views", "Queries", "Quantities"], exclude: ["Goldens"]),
        tests("Reliability", ["tenure"]),
    ]
)
