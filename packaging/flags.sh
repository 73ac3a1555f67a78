# Sourced in the folder of the project: what every build of the release is made with. One that is made without it compiles
# everything again, OpenSSL too.
if commit=$(git rev-parse HEAD 2> /dev/null); then
  git diff --quiet HEAD || commit+=' and changes'
  export JOTSMITH_COMMIT=$commit
fi
# OpenSSL notes when it was built, and is built again if this changes: the same for every commit.
export SOURCE_DATE_EPOCH=1
export RUSTFLAGS="${RUSTFLAGS:-} --remap-path-prefix=$PWD=. --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo"
# On Windows a program in the place of perl would have to be an .exe.
[[ $OSTYPE == msys* ]] || export OPENSSL_SRC_PERL=$PWD/packaging/openssl-configure
