# Embeds the files of assets/demo in the library as quantbench::demo::assets().
include(Embed)

function(quantbench_embed_demo target)
  set(root ${PROJECT_SOURCE_DIR}/assets/demo)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE ${root} ${root}/*)
  if(NOT "spec.yaml" IN_LIST files)
    message(FATAL_ERROR "${root}/spec.yaml is missing: the checkout is incomplete")
  endif()
  list(TRANSFORM files REPLACE "^(.+)$" "\\1=${root}/\\1")
  quantbench_embed(TARGET ${target} NAME demo_assets NAMESPACE quantbench::demo
    HEADER quantbench/demo/demo_assets.h FILES ${files})
endfunction()
