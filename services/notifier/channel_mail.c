#include "services/notifier/channel_mail.h"

#include "lib/base/clock.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct mail {
    CURL *easy;
    curl_mime *mime;
    struct curl_slist *recipients, *headers;
};

static void mail_deinit(struct mail *mail)
{
    curl_mime_free(mail->mime);
    curl_slist_free_all(mail->recipients);
    curl_slist_free_all(mail->headers);
    curl_easy_cleanup(mail->easy);
}

static bool add(struct curl_slist **list, const char *text)
{
    struct curl_slist *longer = curl_slist_append(*list, text);

    if (longer != NULL)
        *list = longer;
    return longer != NULL;
}

static bool add_header(struct mail *mail, const char *name, const char *value)
{
    CLEANUP(buffer_deinit) struct buffer line = {.limit = 8192};

    buffer_append_format(&line, "%s: %s", name, value);
    return !line.overflown && add(&mail->headers, line.data);
}

/* RFC 2047 words of at most 45 bytes each, cut between characters. */
static bool add_subject(struct mail *mail, const struct buffer *subject)
{
    CLEANUP(buffer_deinit) struct buffer words = {.limit = 4096};
    size_t begin = 0;

    while (begin < subject->length) {
        size_t end = begin + 45 < subject->length ? begin + 45 : subject->length;
        char word[sodium_base64_ENCODED_LEN(45, sodium_base64_VARIANT_ORIGINAL)];

        while (end > begin + 1 && end < subject->length && (subject->data[end] & 0xc0) == 0x80)
            --end;
        (void)sodium_bin2base64(word, sizeof(word), (const unsigned char *)subject->data + begin,
                                end - begin, sodium_base64_VARIANT_ORIGINAL);
        buffer_append_format(&words, "%s=?utf-8?B?%s?=", begin > 0 ? "\r\n " : "", word);
        begin = end;
    }
    return !words.overflown && words.length > 0 && add_header(mail, "Subject", words.data);
}

/* The same for every attempt, so that a mail server may know a repeat. */
static bool add_id_and_date(struct mail *mail, const struct mail_channel *channel, int64_t id)
{
    const time_t now = (time_t)(clock_now_us(NULL) / 1000000);
    char date[64], message_id[320];
    struct tm parts;

    if (gmtime_r(&now, &parts) == NULL ||
        strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S +0000", &parts) == 0)
        return false;
    (void)snprintf(message_id, sizeof(message_id), "<notice-%" PRId64 "%s>", id,
                   strchrnul(channel->from, '@'));
    return add_header(mail, "Date", date) && add_header(mail, "Message-ID", message_id);
}

static bool add_part(curl_mime *mime, const struct buffer *text, const char *type)
{
    curl_mimepart *part = curl_mime_addpart(mime);

    return part != NULL && curl_mime_data(part, text->data, text->length) == CURLE_OK &&
           curl_mime_type(part, type) == CURLE_OK && curl_mime_encoder(part, "base64") == CURLE_OK;
}

static bool add_bodies(struct mail *mail, const struct notice_text *text)
{
    curl_mime *both = curl_mime_init(mail->easy);
    curl_mimepart *part;

    mail->mime = curl_mime_init(mail->easy);
    part = mail->mime != NULL ? curl_mime_addpart(mail->mime) : NULL;
    if (both == NULL || part == NULL || curl_mime_subparts(part, both) != CURLE_OK) {
        curl_mime_free(both);
        return false;
    }
    return curl_mime_type(part, "multipart/alternative") == CURLE_OK &&
           add_part(both, &text->plain, "text/plain; charset=utf-8") &&
           add_part(both, &text->html, "text/html; charset=utf-8");
}

static void set_options(const struct mail *mail, const struct mail_channel *channel)
{
    CURL *easy = mail->easy;

    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(easy, CURLOPT_URL, channel->url);
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)channel->timeout_ms);
    (void)curl_easy_setopt(easy, CURLOPT_USE_SSL,
                           channel->requires_tls ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_TRY);
    (void)curl_easy_setopt(easy, CURLOPT_MAIL_FROM, channel->from);
    (void)curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, mail->recipients);
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, mail->headers);
    (void)curl_easy_setopt(easy, CURLOPT_MIMEPOST, mail->mime);
    if (channel->ca_file[0] != '\0')
        (void)curl_easy_setopt(easy, CURLOPT_CAINFO, channel->ca_file);
    if (channel->user[0] != '\0') {
        (void)curl_easy_setopt(easy, CURLOPT_USERNAME, channel->user);
        (void)curl_easy_setopt(easy, CURLOPT_PASSWORD, channel->password);
    }
}

/* True: no memory. */
static bool prepare(struct mail *mail, const struct mail_channel *channel,
                    const struct notice *notice, const struct notice_text *text)
{
    mail->easy = curl_easy_init();
    if (mail->easy == NULL || !add(&mail->recipients, notice->email) ||
        !add_header(mail, "From", channel->from) || !add_header(mail, "To", notice->email) ||
        !add_subject(mail, &text->subject) || !add_id_and_date(mail, channel, notice->id) ||
        !add_header(mail, "Auto-Submitted", "auto-generated") || !add_bodies(mail, text))
        return true;
    set_options(mail, channel);
    return false;
}

/* Before the text went out nothing was accepted; after it, only the server's own no is a no. */
static void judge(const struct mail *mail, CURLcode code, struct notice_outcome *outcome)
{
    curl_off_t uploaded = 0;
    long reply = 0;
    const char *why = curl_easy_strerror(code);

    (void)curl_easy_getinfo(mail->easy, CURLINFO_SIZE_UPLOAD_T, &uploaded);
    (void)curl_easy_getinfo(mail->easy, CURLINFO_RESPONSE_CODE, &reply);
    if (code == CURLE_OK)
        outcome->fate = NOTICE_SENT;
    else if (reply >= 500 && code != CURLE_LOGIN_DENIED)
        outcome->fate = NOTICE_FAILED;
    else if (uploaded > 0 && reply < 400)
        outcome->fate = NOTICE_UNCERTAIN;
    else
        courier_retry(outcome, 0, why);
    if (code != CURLE_OK)
        (void)snprintf(outcome->error, sizeof(outcome->error), "%ld %s", reply, why);
}

void channel_mail_send(void *context, const struct notice *notice, const struct notice_text *text,
                       struct notice_outcome *ret_outcome)
{
    const struct mail_channel *channel = context;
    CLEANUP(mail_deinit) struct mail mail = {.easy = NULL};

    if (!mail_address_is_valid(notice->email)) {
        ret_outcome->fate = NOTICE_FAILED;
        (void)snprintf(ret_outcome->error, sizeof(ret_outcome->error), "there is no address");
        return;
    }
    if (prepare(&mail, channel, notice, text))
        courier_retry(ret_outcome, 0, "no memory for a mail");
    else
        judge(&mail, curl_easy_perform(mail.easy), ret_outcome);
}
