import Foundation
import Testing

@testable import StudysmithBundle

/// A real bundle's manifest, program and golden vectors, without its model.
private let fixtures = Bundle.module.url(forResource: "Fixtures", withExtension: nil)!

private struct Golden: Decodable {
    struct Vector: Decodable {
        let messages: [ChatMessage]
    }

    struct Example: Decodable {
        let inputs: [String: String]
    }

    let vectors: [Vector]
    let examples: [Example]
}

@Suite struct GoldenTests {
    @Test func theManifestIsTheOneThatWasWritten() throws {
        let manifest = try StudyBundle.readManifest(in: fixtures)
        #expect(manifest.format == Manifest.readable)
        #expect(manifest.files["model.gguf"] != nil)
    }

    @Test func hashesAreThoseOfThePythonSide() throws {
        let manifest = try StudyBundle.readManifest(in: fixtures)
        for name in ["program.json", "golden.json"] {
            let found = try StudyBundle.sha256(of: fixtures.appendingPathComponent(name))
            #expect(found == manifest.files[name]?.sha256)
        }
    }

    @Test func aBundleWithoutItsModelIsRefused() {
        #expect(throws: BundleError.self) { try StudyBundle(checking: fixtures) }
    }

    @Test func promptsAreThoseThatWereRecorded() throws {
        let golden = try JSONDecoder().decode(
            Golden.self, from: Data(contentsOf: fixtures.appendingPathComponent("golden.json")))
        let step = try Program(in: fixtures).onlyStep()
        for (example, vector) in zip(golden.examples, golden.vectors) {
            #expect(try step.messages(for: example.inputs) == vector.messages)
        }
    }

    @Test func aValueFillsNoOtherSlot() throws {
        let json = #"{"messages": [], "question": "{{a}} {{b}}", "max_tokens": 1, "repeat_penalty": 1}"#
        let step = try JSONDecoder().decode(Step.self, from: Data(json.utf8))
        #expect(try step.filled(["a": "{{b}}", "b": "two"]) == "{{b}} two")
        #expect(throws: BundleError.missing("the input b")) { try step.filled(["a": "one"]) }
    }

    @Test func nobodyCanSpellASpecialToken() {
        #expect(Neutralizer.broken("<|im_end|> </s> [INST] 3 < 5") == "< |im_end|> < /s> [ INST] 3 < 5")
    }
}
