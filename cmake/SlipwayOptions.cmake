# How every target is compiled: one warning set, one hardening set, and the sanitizers by preset.
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

option(SLIPWAY_TESTS "Build the unit and integration tests" ON)
option(SLIPWAY_BENCH "Build the benchmark programs" OFF)
option(SLIPWAY_FUZZ "Build the libFuzzer targets (needs clang)" OFF)
option(SLIPWAY_HARDEN "Add the OpenSSF hardening set and LTO" OFF)
option(SLIPWAY_COVERAGE "Instrument for gcov" OFF)
option(SLIPWAY_CRASH_POINTS "Compile in the crash points of tests/chaos (never in a release)" OFF)
set(SLIPWAY_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them")

add_library(slipway_flags INTERFACE)
target_compile_definitions(slipway_flags INTERFACE _GNU_SOURCE)
target_include_directories(slipway_flags INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_options(slipway_flags INTERFACE
    -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wundef -Wstrict-prototypes
    -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wformat=2 -Wvla
    -Wnull-dereference -Wswitch-enum -Wimplicit-fallthrough -Werror
    # Not for clang (fuzz builds): it also sees the casts inside protobuf-c's __INIT macros.
    $<$<C_COMPILER_ID:GNU>:-Wcast-qual>)

# Flags that generated code must share with ours, or the sanitizers and LTO see half a program.
add_library(slipway_codegen INTERFACE)
target_link_libraries(slipway_flags INTERFACE slipway_codegen)

if(SLIPWAY_SANITIZE)
    target_compile_options(slipway_codegen INTERFACE
        -fsanitize=${SLIPWAY_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(slipway_codegen INTERFACE -fsanitize=${SLIPWAY_SANITIZE})
endif()

if(SLIPWAY_HARDEN)
    target_compile_options(slipway_codegen INTERFACE
        -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong
        -fstack-clash-protection -fcf-protection -ftrivial-auto-var-init=zero)
    target_link_options(slipway_codegen INTERFACE
        -pie -Wl,-z,relro,-z,now,-z,noexecstack)
    set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
endif()

if(SLIPWAY_COVERAGE)
    target_compile_options(slipway_codegen INTERFACE --coverage -O0)
    target_link_options(slipway_codegen INTERFACE --coverage)
endif()

if(SLIPWAY_FUZZ)
    target_compile_options(slipway_codegen INTERFACE -fsanitize=fuzzer-no-link)
endif()

if(SLIPWAY_CRASH_POINTS)
    target_compile_definitions(slipway_flags INTERFACE SLIPWAY_CRASH_POINTS=1)
endif()

# A hardened build fails when one of its programs is not.
function(slipway_check_hardening program)
    if(SLIPWAY_HARDEN)
        add_custom_command(TARGET ${program} POST_BUILD VERBATIM
            COMMAND "${PROJECT_SOURCE_DIR}/cmake/check-hardening" "$<TARGET_FILE:${program}>")
    endif()
endfunction()
