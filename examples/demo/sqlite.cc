#include "sqlite.h"

#include <sqlite3.h>

namespace demo {
namespace {

[[noreturn]] void fail(sqlite3* handle, const char* doing) {
  throw DatabaseError(std::string(doing) + ": " + sqlite3_errmsg(handle));
}

}  // namespace

void Connection::Close::operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }

Connection::Connection(const std::string& path, Mode mode, std::chrono::milliseconds patience) {
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
  if (mode == Mode::create) flags |= SQLITE_OPEN_CREATE;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) throw DatabaseError("cannot open " + path + ": " + sqlite3_errstr(code));
  sqlite3_busy_timeout(handle, static_cast<int>(patience.count()));
  // What the demo shows does not depend on the disk: a rating may be lost when the power fails. A database that is
  // locked at this moment cannot be told so; then writes are slower, and that is no reason not to start.
  constexpr const char* kAsynchronous = "PRAGMA synchronous = OFF";
  const int told = sqlite3_exec(handle, kAsynchronous, nullptr, nullptr, nullptr);
  if (told != SQLITE_OK && told != SQLITE_BUSY) fail(handle, kAsynchronous);
}

void Connection::run(const char* sql) {
  if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(handle_.get(), sql);
}

Statement::Statement(const Connection& connection, const char* sql) : connection_(connection.handle()) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(connection_, sql, -1, &statement, nullptr) != SQLITE_OK) fail(connection_, "preparing");
  statement_.reset(statement);
}

bool Statement::step() {
  switch (sqlite3_step(statement_.get())) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      return false;
    default:
      fail(connection_, "asking");
  }
}

void Statement::run() {
  while (step()) {
  }
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }
double Statement::real(int column) const { return sqlite3_column_double(statement_.get(), column); }
std::string Statement::text(int column) const {
  const unsigned char* bytes = sqlite3_column_text(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return bytes == nullptr ? std::string() : std::string(bytes, bytes + size);
}

// What reset reports is the last step's error, which step() has thrown already.
void Statement::reset() { sqlite3_reset(statement_.get()); }
void Statement::bind_one(int index, std::int64_t value) {
  if (sqlite3_bind_int64(statement_.get(), index, value) != SQLITE_OK) fail(connection_, "binding");
}
void Statement::bind_one(int index, std::string_view value) {
  const int code =
      sqlite3_bind_text64(statement_.get(), index, value.data(), value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  if (code != SQLITE_OK) fail(connection_, "binding");
}

Transaction::~Transaction() {
  // A rollback that fails leaves nothing to undo: SQLite has rolled back by itself.
  if (connection_ != nullptr) sqlite3_exec(connection_->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  connection_->run("COMMIT");
  connection_ = nullptr;
}

}  // namespace demo
