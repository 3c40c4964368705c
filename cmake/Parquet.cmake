# The Parquet plug-in (src/quantbench/dataset/parquet). Built if Apache Arrow C++ is found, loaded
# for the first .parquet file. Searches an installed Arrow (its CMake packages), then
# third_party/arrow (scripts/bootstrap).
find_package(Arrow CONFIG QUIET)
find_package(Parquet CONFIG QUIET)
set(_arrow_installed FALSE)
if(TARGET Parquet::parquet_shared AND Arrow_VERSION VERSION_GREATER_EQUAL 21)
  set(_arrow_libraries Parquet::parquet_shared Arrow::arrow_shared)
  set(_arrow_installed TRUE)
else()
  # The pip package has the libraries only under their sonames.
  set(_arrow_root ${PROJECT_SOURCE_DIR}/third_party/arrow)
  file(GLOB _arrow_libraries ${_arrow_root}/lib/libparquet.so.* ${_arrow_root}/lib/libarrow.so.*)
  list(LENGTH _arrow_libraries _arrow_count)
  if(NOT _arrow_count EQUAL 2 OR NOT EXISTS ${_arrow_root}/include/parquet/arrow/reader.h)
    message(STATUS "Apache Arrow not found: built without Parquet (scripts/bootstrap brings it)")
    return()
  endif()
endif()

file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/quantbench/dataset/parquet/*.cpp)
add_library(quantbench_parquet MODULE ${sources})
set_target_properties(quantbench_parquet PROPERTIES
  LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}
  INSTALL_RPATH "$ORIGIN" CXX_VISIBILITY_PRESET hidden)
target_link_libraries(quantbench_parquet PRIVATE quantbench quantbench_flags ${_arrow_libraries})
quantbench_links_tokenizers(quantbench_parquet)
target_link_options(quantbench_parquet PRIVATE -Wl,--exclude-libs,ALL -Wl,--as-needed)
install(TARGETS quantbench_parquet LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/quantbench)
if(_arrow_installed)
  set_target_properties(quantbench_parquet PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
else()
  target_include_directories(quantbench_parquet SYSTEM PRIVATE ${_arrow_root}/include)
  install(FILES ${_arrow_libraries} DESTINATION ${CMAKE_INSTALL_LIBDIR}/quantbench)
endif()
