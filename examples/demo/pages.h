// What the catalog knows, as HTML and as JSON. Pure functions: values in, text out.
#pragma once

#include "catalog.h"

#include <string>
#include <string_view>
#include <vector>

namespace demo {

/// What a footer says of how the page came about.
struct PageNote {
  std::string cache;  ///< reasons, as in the X-Cache header
  std::string worker;
};

std::string escape_html(std::string_view text);
/// Everything but unreserved characters as %XX.
std::string escape_url(std::string_view text);

std::string home_page(const Overview& overview, const PageNote& note);
std::string search_page(std::string_view words, const SearchResults& results, const PageNote& note);
std::string package_page(const PackageDetails& package, const Feedback& feedback, const PageNote& note);
std::string ranking_page(const std::vector<Ranked>& ranking, const PageNote& note);
std::string message_page(std::string_view title, std::string_view message);

std::string package_json(const PackageDetails& package, const Feedback& feedback);
std::string search_json(std::string_view words, const SearchResults& results);

}  // namespace demo
