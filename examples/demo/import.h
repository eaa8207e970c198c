// From a package source to the database: once, and again only when the source has changed.
#pragma once

#include "package_source.h"

#include <filesystem>

namespace demo {

/// Makes sure that `database` holds what `source` holds. Ratings and notes live on. Progress goes to stderr.
/// Errors: DatabaseError, std::runtime_error. An import that is interrupted leaves the old database.
void import_packages(const PackageSource& source, const std::filesystem::path& database);

}  // namespace demo
