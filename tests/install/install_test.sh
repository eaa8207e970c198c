#!/usr/bin/env bash
# Installs the library into a fresh prefix, moves that prefix, and builds and runs the project in consumer/ against it:
# once through find_package, once through pkg-config and the bare compiler.
# Environment: CXX, CMAKE, CXX_LAUNCHER (may be empty).
set -euo pipefail
way=$1 source=$2 build=$3 scratch=$4

rm -rf "$scratch"
mkdir -p "$scratch"
say() { printf '== %s\n' "$*"; }

if [ "$way" = shared ]; then
  say "building the shared library"
  "$CMAKE" -S "$source" -B "$scratch/build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DBUILD_SHARED_LIBS=ON \
    -DFRESHET_BUILD_TESTS=OFF -DFRESHET_BUILD_TOOLS=OFF -DFRESHET_BUILD_EXAMPLES=OFF \
    -DCMAKE_CXX_COMPILER_LAUNCHER="$CXX_LAUNCHER"
  "$CMAKE" --build "$scratch/build"
  build=$scratch/build
fi

say "installing"
"$CMAKE" --install "$build" --prefix "$scratch/staging"
# Nothing installed may remember where it was put, nor where it was built.
mv "$scratch/staging" "$scratch/prefix"
prefix=$scratch/prefix
if grep -rIlF -e "$source" -e "$scratch" "$prefix"; then
  echo "the files above name the folders of this build" >&2
  exit 1
fi
libdir=$(dirname "$(find "$prefix" -name 'libfreshet.*' | head -1)")

# Out of the tree, so that no header is found by accident.
outside=$(mktemp -d)
trap 'rm -rf "$outside"' EXIT
cp -r "$source/tests/install/consumer" "$outside/consumer"
cd "$outside"

say "consumer: find_package"
"$CMAKE" -S consumer -B by-cmake -G Ninja -DCMAKE_PREFIX_PATH="$prefix"
"$CMAKE" --build by-cmake
by-cmake/consumer

say "consumer: pkg-config"
export PKG_CONFIG_PATH=$libdir/pkgconfig
static=()
[ "$way" = shared ] || static=(--static)
pkg-config --print-errors --exists freshet
read -ra flags < <(pkg-config --cflags --libs "${static[@]}" freshet)
say "$CXX consumer/main.cc ${flags[*]}"
"$CXX" -std=c++20 consumer/main.cc -o by-pkg-config "${flags[@]}"
LD_LIBRARY_PATH=$libdir ./by-pkg-config

if [ -x "$prefix/bin/freshet" ]; then
  say "the installed executable"
  "$prefix/bin/freshet" --help >/dev/null
fi
say "ok"
