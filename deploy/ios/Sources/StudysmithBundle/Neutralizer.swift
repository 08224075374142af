import Foundation

/// Breaks what could be a special token in text that somebody wrote, by a space after its first character.
///
/// The runtimes of an app tokenize the whole prompt with special tokens parsed, so text that spells one would become one:
/// `<|im_end|>` would end the turn. Python breaks the tokens of the model's own vocabulary; this breaks everything that has
/// the shape of one, which also changes a few harmless texts such as `<b>`.
public enum Neutralizer {
    static let pattern = #"<(?=[^\s<>]{1,64}>)|\[(?=/?[A-Z_]{2,64}\])"#

    public static func broken(_ text: String) -> String {
        text.replacingOccurrences(of: pattern, with: "$0 ", options: .regularExpression)
    }
}
