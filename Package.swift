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
    products: [
        .executable(name: "tenure", targets: ["tenure"]),
        .executable(name: "tenure-serve", targets: ["tenure-serve"]),
        .executable(name: "tenure-spark", targets: ["tenure-spark"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        // Of `tenure-serve` alone: building `tenure` compiles none of these.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: ["FullFoundation"]),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        // Of `tenure-spark` alone.
        .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.2"),
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
        module("Tracking", ["Diagnostics", "Quantities"]),
        module("Imports", ["Definitions", "EventStores", "Tracking", "Diagnostics", "Quantities", "CZlib", grdb]),
        module("Engine", ["Queries", "EventStores", "Quantities"]),
        module("Forecasts"),
        module("Spark", ["Definitions", "Queries", "Diagnostics", "Quantities"]),
        module(
            "SparkConnect",
            [
                "Spark", .product(name: "GRPCCore", package: "grpc-swift-2"),
                .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
            ]),
        module("Plans", ["Definitions", "Forecasts", "Queries", "Diagnostics", "Quantities"]),
        module("Scenarios", ["Plans", "Definitions", "EventStores", "Queries", "Diagnostics", "Quantities"]),
        module("Suggestions", ["Imports", "Definitions", "Queries", "Diagnostics", "Quantities"]),
        module("Deployments", ["Catalogs", "Plans", "Definitions", "Queries", "Diagnostics", "Quantities", grdb]),
        module(
            "Projects",
            [
                "Deployments", "Plans", "Definitions", "Imports", "EventStores", "Tracking", "Queries", "Diagnostics",
                "Quantities",
            ]),
        module(
            "Views",
            [
                "Projects", "Deployments", "Scenarios", "Suggestions", "Plans", "Definitions", "Imports", "EventStores",
                "Forecasts", "Queries", "Diagnostics", "Quantities",
            ]),
        module(
            "Server",
            [
                "Views", "Projects", "Deployments", "Plans", "Imports", "EventStores", "Tracking", "Queries",
                "Definitions", "Diagnostics", "Quantities",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .executableTarget(
            name: "tenure",
            dependencies: [
                "Views", "Projects", "Deployments", "Scenarios", "Suggestions", "Plans", "Engine", "Spark", "Imports",
                "EventStores", "Queries", "Definitions", "Diagnostics", "Quantities",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict
        ),

        .executableTarget(
            name: "tenure-serve",
            dependencies: [
                "Server", "Projects", "Engine", "Spark", "Diagnostics",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),

        .executableTarget(name: "tenure-spark", dependencies: ["Spark", "SparkConnect"], swiftSettings: strict),

        // Not in a product: `make bench` builds it. See Benchmarks/README.md.
        .executableTarget(
            name: "tenure-benchmarks",
            dependencies: [
                "Plans", "Forecasts", "Engine", "Imports", "EventStores", "Queries", "Definitions", "Diagnostics",
                "Quantities", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Benchmarks/TenureBenchmarks",
            swiftSettings: strict
        ),

        tests("Quantities", ["Quantities"]),
        tests("Queries", ["Queries", "Quantities"]),
        tests("Definitions", ["Definitions", "Diagnostics", "Quantities"], exclude: ["Goldens"]),
        tests("Tracking", ["Tracking", "Diagnostics"]),
        tests(
            "Imports",
            ["Imports", "Definitions", "EventStores", "Tracking", "Diagnostics", "Quantities", "CZlib", grdb]),
        tests("EventStores", ["EventStores", "Queries", "Quantities", "Diagnostics"]),
        tests("Engine", ["Engine", "Spark", "EventStores", "Queries", "Quantities"]),
        tests("Forecasts", ["Forecasts"]),
        tests("Spark", ["Spark", "SparkConnect", "tenure-spark"]),
        tests("Deployments", ["Deployments", "Plans", "Definitions", "Diagnostics", "Quantities"]),
        tests("Views", ["Views", "Queries", "Diagnostics", "Quantities"], exclude: ["Goldens"]),
        tests(
            "Documentation",
            ["tenure", "tenure-serve", "Imports", "EventStores", "Definitions", "Diagnostics", "Quantities", grdb]),
        tests(
            "Flow",
            [
                "tenure", "tenure-serve", "Server", "Projects", "Deployments", "Plans", "Definitions", "Engine",
                "Spark",
                "Views", "Queries", "Quantities", "Diagnostics",
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ], exclude: ["Goldens"]),
        tests("Reliability", ["tenure", "tenure-serve"]),
    ]
)
