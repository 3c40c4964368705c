# The Hugging Face `tokenizers` crate behind a C ABI (src/preprocess/tokenizers_abi), built by cargo
# into a static library: target quantbench_tokenizers. Its objects are kept outside the build
# directories, so that the presets share them.
find_program(CARGO cargo REQUIRED)
set(_crate ${PROJECT_SOURCE_DIR}/src/preprocess/tokenizers_abi)
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
add_dependencies(quantbench_tokenizers quantbench_tokenizers_build)
