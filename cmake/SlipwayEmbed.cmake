# slipway_embed(<target> <name> <file>...): makes <name>.h in the target's binary directory with one
# `static const char <name>_<stem>[]` a file, so that a service needs no file beside it at run time.
# Files that the build makes are named by their whole path.
function(slipway_embed target name)
    set(header "${CMAKE_CURRENT_BINARY_DIR}/${name}.h")
    set(sources ${ARGN})
    list(TRANSFORM sources PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/" REGEX "^[^/]")
    string(JOIN "|" joined ${sources})
    add_custom_command(
        OUTPUT "${header}"
        COMMAND "${CMAKE_COMMAND}" "-DNAME=${name}" "-DHEADER=${header}" "-DFILES=${joined}"
                -P "${PROJECT_SOURCE_DIR}/cmake/embed.cmake"
        DEPENDS ${sources} "${PROJECT_SOURCE_DIR}/cmake/embed.cmake"
        VERBATIM)
    target_sources(${target} PRIVATE "${header}")
    target_include_directories(${target} PRIVATE "${CMAKE_CURRENT_BINARY_DIR}")
endfunction()
