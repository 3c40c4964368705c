# Embeds the parts of the HTML report: its own style and scripts (assets/report) and, if
# `scripts/bootstrap` has fetched them, the chart libraries with their licences. The library also
# builds without them; `--format html` then says what to run.
include(Embed)

function(quantbench_embed_report target)
  file(GLOB own CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/assets/report/*)
  set(vega ${PROJECT_SOURCE_DIR}/third_party/vega)
  set(charts "")
  foreach(library vega vega-lite vega-embed)
    if(NOT EXISTS ${vega}/${library}.min.js OR NOT EXISTS ${vega}/LICENSE.${library})
      message(STATUS "No ${library} in third_party/vega: built without HTML reports "
                     "(scripts/bootstrap fetches it)")
      set(charts "")
      break()
    endif()
    list(APPEND charts ${vega}/${library}.min.js ${vega}/LICENSE.${library})
  endforeach()
  set(files "")
  foreach(path IN LISTS own charts)
    get_filename_component(name ${path} NAME)
    list(APPEND files "${name}=${path}")
  endforeach()
  quantbench_embed(TARGET ${target} NAME report_assets NAMESPACE quantbench::report::html
    HEADER quantbench/report/html/assets.h FILES ${files})
endfunction()
