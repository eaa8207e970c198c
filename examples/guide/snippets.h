// Code in documents against the programs that it was taken from.
//
// A program marks a piece by the lines `// [snippet NAME]` and `// [/snippet]`. A document shows it in a ```cpp block
// behind the line `<!-- from PATH: NAME -->`. Both must be the same, letter by letter, but for the indentation.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace guide {

/// The pieces of one program by name, without the indentation that their lines share.
/// Complains of pieces that do not end, or have the name of another.
std::map<std::string, std::string> snippets_of(const std::filesystem::path& program,
                                               std::vector<std::string>& complaints);

/// What is wrong with the C++ blocks of one document, as "path:line: what"; paths in it are seen from `root`.
std::vector<std::string> compare(const std::filesystem::path& root, const std::filesystem::path& document);

}  // namespace guide
