/* Makes texts fit to be put into JSON. */
#pragma once

/* Cuts an incomplete last character (texts cut to fit end in one) and turns every byte that is not
 * part of a character into '?'. Source: RFC 3629. */
void text_make_utf8(char *text);
