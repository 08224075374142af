import AnyLanguageModel
import Foundation
import StudysmithBundle

/// The only prompt of a bundle, asked of a model on the device. From iOS 17.
public struct StudySession {
    private let step: Step
    private let model: any LanguageModel

    /// On the GGUF file of a bundle, by llama.cpp.
    public init(bundle: StudyBundle) throws {
        step = try bundle.program.onlyStep()
        model = LlamaLanguageModel(modelPath: bundle.model.path)
    }

    /// On a folder of `export --to mlx`, by MLX. It has no manifest: keep it inside the app, which is signed.
    public init(mlx folder: URL) throws {
        step = try Program(in: folder).onlyStep()
        model = MLXLanguageModel(modelId: folder.lastPathComponent, directory: folder)
    }

    /// The reply to these inputs, by name. Each question is a session of its own: nothing said before is in the prompt.
    public func answer(_ inputs: [String: String]) async throws -> String {
        let safe = inputs.mapValues(Neutralizer.broken)
        let question = try step.messages(for: safe).last?.content ?? ""
        let session = LanguageModelSession(model: model, instructions: step.instructions)
        let options = GenerationOptions(sampling: .greedy, maximumResponseTokens: step.maxTokens)
        return try await session.respond(to: question, options: options).content
    }
}
