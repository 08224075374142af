import Foundation

/// A message of a prompt.
public struct ChatMessage: Codable, Sendable, Equatable {
    public let role: String
    public let content: String

    public init(role: String, content: String) {
        self.role = role
        self.content = content
    }
}

/// One prompt: what is said before the question, and the question with its `{{slots}}`.
public struct Step: Codable, Sendable {
    public let messages: [ChatMessage]
    public let question: String
    public let maxTokens: Int
    public let repeatPenalty: Double

    enum CodingKeys: String, CodingKey {
        case messages
        case question
        case maxTokens = "max_tokens"
        case repeatPenalty = "repeat_penalty"
    }

    /// The system message: the compiled prompt, text or soft (`<|soft:NAME:0|>` ...). Empty if there is none.
    public var instructions: String {
        messages.first?.role == "system" ? messages[0].content : ""
    }

    /// The messages for these inputs. Slots are filled in one pass, so that what somebody wrote fills no other slot.
    public func messages(for inputs: [String: String]) throws -> [ChatMessage] {
        messages + [ChatMessage(role: "user", content: try filled(inputs))]
    }

    func filled(_ inputs: [String: String]) throws -> String {
        let slot = try NSRegularExpression(pattern: #"\{\{([^{}]+)\}\}"#)
        let whole = question as NSString
        var text = ""
        var end = 0
        for match in slot.matches(in: question, range: NSRange(location: 0, length: whole.length)) {
            let name = whole.substring(with: match.range(at: 1))
            guard let value = inputs[name] else { throw BundleError.missing("the input \(name)") }
            text += whole.substring(with: NSRange(location: end, length: match.range.location - end)) + value
            end = match.range.location + match.range.length
        }
        return text + whole.substring(from: end)
    }
}

/// `program.json`: the frozen prompts of a bundle or of an MLX folder.
public struct Program: Codable, Sendable {
    public let format: Int
    public let kind: String
    public let steps: [String: Step]
    public let inputs: [String]

    public init(in folder: URL) throws {
        let file = folder.appendingPathComponent("program.json")
        guard let data = try? Data(contentsOf: file), let program = try? JSONDecoder().decode(Program.self, from: data)
        else { throw BundleError.noBundle("it has no readable program.json") }
        self = program
    }

    /// The only step. A program of several has a flow between them, which the app does not have.
    public func onlyStep() throws -> Step {
        guard steps.count == 1, let step = steps.values.first else {
            throw BundleError.manySteps(steps.keys.sorted())
        }
        return step
    }
}
