/** @file
 * All public headers of plaq.
 */
#ifndef PLAQ_PLAQ_H
#define PLAQ_PLAQ_H

#include "plaq/analysis.h"
#include "plaq/base.h"
#include "plaq/conf.h"
#include "plaq/correlator.h"
#include "plaq/derived.h"
#include "plaq/exchange.h"
#include "plaq/fermion.h"
#include "plaq/fit.h"
#include "plaq/gauge.h"
#include "plaq/io.h"
#include "plaq/lattice.h"
#include "plaq/observable.h"
#include "plaq/par.h"
#include "plaq/run.h"

#endif
