// The same through the `LanguageModel` protocol of iOS 27, which is only in the SDK of 27: FoundationModels has version 2
// there.
#if canImport(FoundationModels, _version: 2)
    import FoundationModels
    import StudysmithBundle

    @available(iOS 27.0, macOS 27.0, *)
    extension Step {
        /// The reply to these inputs by any model of the protocol, such as `MLXLanguageModel` of mlx-swift-lm.
        public func answer<Model: FoundationModels.LanguageModel>(
            _ inputs: [String: String], on model: Model
        ) async throws -> String {
            let question = try messages(for: inputs.mapValues(Neutralizer.broken)).last?.content ?? ""
            let session = FoundationModels.LanguageModelSession(model: model, instructions: instructions)
            let options = FoundationModels.GenerationOptions(
                samplingMode: .greedy, maximumResponseTokens: maxTokens)
            return try await session.respond(to: question, options: options).content
        }
    }
#endif
