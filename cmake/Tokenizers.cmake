# The Hugging Face `tokenizers` crate behind a C ABI (src/quantbench/preprocess/tokenizers_abi), built by cargo
# into a static library: target quantbench_tokenizers. Its objects are kept outside the build
# directories, so that the presets share them.
#
# Only linking a program needs the library, so only programs wait for cargo (quantbench_links_tokenizers):
# all other C++ compiles beside it.
find_program(CARGO cargo HINTS $ENV{CARGO_HOME}/bin $ENV{HOME}/.cargo/bin)
if(NOT CARGO)
  message(FATAL_ERROR "cargo (Rust) not found: it builds the tokenizers library. Run "
    "scripts/bootstrap, or name it with -DCARGO=/path/to/cargo.")
endif()
execute_process(COMMAND ${CARGO} --version OUTPUT_VARIABLE _cargo_version ERROR_QUIET)
string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" _cargo_version "${_cargo_version}")
if(_cargo_version VERSION_LESS 1.85)
  message(FATAL_ERROR "${CARGO} is version '${_cargo_version}'; the tokenizers library needs 1.85 "
    "or newer. Run scripts/bootstrap (Debian: package cargo-web), or name another with -DCARGO=.")
endif()
set(_crate ${PROJECT_SOURCE_DIR}/src/quantbench/preprocess/tokenizers_abi)
set(_target_dir ${PROJECT_SOURCE_DIR}/third_party/cargo)
set(_library ${_target_dir}/release/libtokenizers_abi.a)
file(GLOB_RECURSE _sources CONFIGURE_DEPENDS ${_crate}/src/*.rs)
add_custom_command(
  OUTPUT ${_library}
  COMMAND ${CARGO} build --release --locked --quiet
          --manifest-path ${_crate}/Cargo.toml --target-dir ${_target_dir}
  # cargo leaves the time of an up-to-date library alone, which would make every build call it.
  COMMAND ${CMAKE_COMMAND} -E touch ${_library}
  DEPENDS ${_sources} ${_crate}/Cargo.toml ${_crate}/Cargo.lock
  COMMENT "Building the tokenizers library (cargo)"
  VERBATIM)
add_custom_target(quantbench_tokenizers_build DEPENDS ${_library})
add_library(quantbench_tokenizers STATIC IMPORTED GLOBAL)
set_target_properties(quantbench_tokenizers PROPERTIES
  IMPORTED_LOCATION ${_library}
  INTERFACE_LINK_LIBRARIES "Threads::Threads;${CMAKE_DL_LIBS};m")

# Makes a program or plug-in wait for the library before it is linked.
function(quantbench_links_tokenizers target)
  add_dependencies(${target} quantbench_tokenizers_build)
endfunction()
