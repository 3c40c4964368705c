# Embeds the files of assets/demo into a target: quantbench_embed_demo(quantbench) generates the
# definition of quantbench::demo::assets(). The assembler's .incbin takes the bytes as they are; an
# array literal of a few megabytes would take the compiler longer than the rest of the library.
function(quantbench_embed_demo target)
  set(root ${PROJECT_SOURCE_DIR}/assets/demo)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE ${root} ${root}/*)
  if(NOT "spec.yaml" IN_LIST files)
    message(FATAL_ERROR "${root}/spec.yaml is missing: the checkout is incomplete")
  endif()
  set(symbols "")
  set(entries "")
  set(index 0)
  foreach(file IN LISTS files)
    set(symbol quantbench_demo_asset_${index})
    string(APPEND symbols
"asm(\".pushsection .rodata\\n\"
    \".balign 16\\n\"
    \".hidden ${symbol}\\n.globl ${symbol}\\n${symbol}:\\n\"
    \".incbin \\\"${root}/${file}\\\"\\n\"
    \".hidden ${symbol}_end\\n.globl ${symbol}_end\\n${symbol}_end:\\n\"
    \".popsection\\n\");
extern \"C\" const char ${symbol}[];
extern \"C\" const char ${symbol}_end[];

")
    string(APPEND entries "      embedded(\"${file}\", ${symbol}, ${symbol}_end),\n")
    math(EXPR index "${index} + 1")
  endforeach()
  set(output ${CMAKE_CURRENT_BINARY_DIR}/demo_assets_embedded.cpp)
  file(CONFIGURE OUTPUT ${output} @ONLY CONTENT
"// Generated from the files of assets/demo by cmake/EmbedDemo.cmake.
#include \"quantbench/demo/demo_assets.h\"

@symbols@namespace quantbench::demo {

namespace {

Asset embedded(std::string_view path, const char* begin, const char* end) {
  return {path, {begin, static_cast<std::size_t>(end - begin)}};
}

}  // namespace

std::span<const Asset> assets() {
  static const Asset all[] = {
@entries@  };
  return all;
}

}  // namespace quantbench::demo
")
  list(TRANSFORM files PREPEND ${root}/)
  set_source_files_properties(${output} PROPERTIES OBJECT_DEPENDS "${files}")
  target_sources(${target} PRIVATE ${output})
endfunction()
