#include "civil.h"
#include "zone.h"

/*
 * The calendar repeats after 400 years (an era).  Counted from the 1st of
 * March, the leap day comes last in its year, and the lengths of the months
 * follow (153 * month + 2) / 5.
 */
#define ERA_YEARS	400
#define ERA_DAYS	146097
#define EPOCH_DAY	719468	/* 1970-01-01, from 0000-03-01 */
#define CLAMP_SECONDS	(INT64_C(1) << 55)

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

int64_t
civil_clamp(int64_t t)
{
	if (t > CLAMP_SECONDS)
		return CLAMP_SECONDS;
	return t < -CLAMP_SECONDS ? -CLAMP_SECONDS : t;
}

int
civil_month_days(int year, int month)
{
	static const int days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};

	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		return 29;
	return days[month - 1];
}

void
civil_from_seconds(int64_t t, struct civil *c)
{
	int64_t days, second, era, day, year, month;

	t = civil_clamp(t);
	days = floor_div(t, SECONDS_DAY);
	second = t - days * SECONDS_DAY;
	c->hour = (int)(second / 3600);
	c->minute = (int)(second / 60 % 60);
	c->second = (int)(second % 60);
	/* The epoch was a Thursday. */
	c->weekday = (int)(days + 4 - floor_div(days + 4, 7) * 7);

	days += EPOCH_DAY;
	era = floor_div(days, ERA_DAYS);
	day = days - era * ERA_DAYS;
	year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	day -= 365 * year + year / 4 - year / 100;
	month = (5 * day + 2) / 153;
	c->day = (int)(day - (153 * month + 2) / 5 + 1);
	c->month = (int)(month < 10 ? month + 3 : month - 9);
	c->year = (int)(era * ERA_YEARS + year + (month >= 10));
}

int64_t
civil_to_seconds(const struct civil *c)
{
	int64_t year = (int64_t)c->year - (c->month <= 2);
	int64_t month = (int64_t)c->month + (c->month <= 2 ? 9 : -3);
	int64_t era = floor_div(year, ERA_YEARS);
	int64_t day;

	year -= era * ERA_YEARS;
	day = 365 * year + year / 4 - year / 100 + (153 * month + 2) / 5 +
	    c->day - 1;
	day += era * ERA_DAYS - EPOCH_DAY;
	return day * SECONDS_DAY + c->hour * INT64_C(3600) +
	    c->minute * INT64_C(60) + c->second;
}

bool
civil_valid(const struct civil *c)
{
	return c->year >= ZONE_YEAR_MIN && c->year <= ZONE_YEAR_MAX &&
	    c->month >= 1 && c->month <= 12 &&
	    c->day >= 1 && c->day <= civil_month_days(c->year, c->month) &&
	    c->hour >= 0 && c->hour <= 23 &&
	    c->minute >= 0 && c->minute <= 59 &&
	    c->second >= 0 && c->second <= 59;
}
