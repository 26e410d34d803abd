# Writes the files' bytes as C arrays; see SlipwayEmbed.cmake. Strings, because a compiler reads a
# megabyte of them in no time, and of numbers not.
set(text "/* Made by cmake/embed.cmake. */\n#pragma once\n")
string(REPLACE "|" ";" files "${FILES}")
foreach(file IN LISTS files)
    get_filename_component(stem "${file}" NAME_WE)
    string(MAKE_C_IDENTIFIER "${NAME}_${stem}" symbol)
    file(READ "${file}" hex HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" bytes "${hex}")
    string(APPEND text "static const char ${symbol}[] = \"${bytes}\";\n")
endforeach()
file(WRITE "${HEADER}" "${text}")
