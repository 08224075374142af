// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "Studysmith",
    platforms: [.iOS(.v17), .macOS(.v14)],
    products: [
        .library(name: "StudysmithBundle", targets: ["StudysmithBundle"]),
        .library(name: "StudysmithSession", targets: ["StudysmithSession"]),
    ],
    dependencies: [
        .package(url: "https://github.com/huggingface/AnyLanguageModel", from: "0.10.0", traits: ["Llama", "MLX"])
    ],
    targets: [
        .target(name: "StudysmithBundle"),
        .target(
            name: "StudysmithSession",
            dependencies: [
                "StudysmithBundle",
                .product(name: "AnyLanguageModel", package: "AnyLanguageModel"),
            ]),
        .testTarget(
            name: "StudysmithBundleTests", dependencies: ["StudysmithBundle"], resources: [.copy("Fixtures")]),
    ]
)
