# The OpenAPI document and its pages, put together by Python and embedded. With the npm package redoc
# unpacked in SLIPWAY_DOCS_RENDERER (deploy/local/docs.sh does it) /docs is rendered by it, without
# it the page is plain HTML.
set(SLIPWAY_DOCS_RENDERER "${PROJECT_SOURCE_DIR}/build/docs" CACHE PATH
    "Folder with redoc.standalone.js and its licences; when there is none, /docs is plain HTML")

function(slipway_python_has_modules result path)
    execute_process(COMMAND "${path}" -c "import markdown, yaml"
        RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
    if(failed)
        set(${result} FALSE PARENT_SCOPE)
    endif()
endfunction()
# Debian's first: its modules are those of the packages that ./run installs.
find_program(SLIPWAY_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH
    VALIDATOR slipway_python_has_modules)
find_program(SLIPWAY_PYTHON NAMES python3 REQUIRED VALIDATOR slipway_python_has_modules)

set(sources
    document errors account catalog orders servers renewals managing deposits webhooks notifications
    operators documentation)
list(TRANSFORM sources PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/openapi/")
list(TRANSFORM sources APPEND ".yaml")
set(made "${CMAKE_CURRENT_BINARY_DIR}/documents")
set(scripts "${CMAKE_CURRENT_SOURCE_DIR}/openapi")

# For the build that sees it come or go.
file(GLOB renderer CONFIGURE_DEPENDS "${SLIPWAY_DOCS_RENDERER}/redoc.standalone.js*")
if(renderer)
    set(renderer_folder "${SLIPWAY_DOCS_RENDERER}")
else()
    set(renderer_folder "")
endif()

set(pages openapi_etag.txt openapi_policy.txt docs.html docs_etag.txt docs_policy.txt errors.html
    errors_etag.txt errors_policy.txt)
list(TRANSFORM pages PREPEND "${made}/")
file(MAKE_DIRECTORY "${made}")
add_custom_command(
    OUTPUT "${made}/openapi.json"
    COMMAND "${SLIPWAY_PYTHON}" "${scripts}/bundle.py" "${made}/openapi.json" ${sources}
    DEPENDS ${sources} "${scripts}/bundle.py"
    VERBATIM)
add_custom_command(
    OUTPUT ${pages}
    COMMAND "${SLIPWAY_PYTHON}" -B "${scripts}/pages.py" "${made}" "${made}/openapi.json"
            "${scripts}/errors.yaml" "${scripts}/style.css" ${renderer_folder}
    DEPENDS "${made}/openapi.json" "${scripts}/pages.py" "${scripts}/plain.py"
            "${scripts}/style.css" ${renderer}
    VERBATIM)
slipway_embed(slipway_gateway_core documents_embedded "${made}/openapi.json" ${pages})
