# Sourced in the root folder of the project. Sets the environment of every release build. A build without these variables compiles
# everything again, including OpenSSL.
if commit=$(git rev-parse HEAD 2> /dev/null); then
  git diff --quiet HEAD || commit+=' and changes'
  export JOTSMITH_COMMIT=$commit
fi
# OpenSSL records its build time and is built again if this variable changes, so the value is the same for every commit.
export SOURCE_DATE_EPOCH=1
export RUSTFLAGS="${RUSTFLAGS:-} --remap-path-prefix=$PWD=. --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo"
# On Windows the replacement for perl would have to be an .exe file.
[[ $OSTYPE == msys* ]] || export OPENSSL_SRC_PERL=$PWD/packaging/openssl-configure
